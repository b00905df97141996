//! What lockfiles and the settings beside them say: which tool is meant, and where it installs.

use super::deps::{how, project, with_only, with_tools};

use crate::support::Scratch;
use crate::support::project::text;

#[test]
fn what_can_never_be_copied_is_no_failure() {
    let scratch = project();
    for path in ["uv.lock", "go.sum", "web/package-lock.json"] {
        scratch.write(path, "");
    }
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "--quiet", "-m", "more"]);
    scratch.config("agent.deps", "reflink");
    let run = scratch.agent(&["spawn", "x", "--json"]).ok();
    assert_eq!(
        (how(&run, "npm"), how(&run, "uv"), how(&run, "npm:web")),
        ("copied".into(), "left".into(), "left".into())
    );
    // Of what is not kept in the worktree nothing is said.
    scratch.config("agent.deps", "auto");
    with_only(&scratch, &[], &["provision", "x"]).ok().does_not_say("go:");
}

#[test]
fn a_folder_that_holds_only_what_is_tracked_is_not_installed() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", "/vendor/*\n!/vendor/.gitkeep\n/gems/vendor/bundle/\ncalls\n");
    scratch.write("vendor/.gitkeep", "");
    scratch.write("composer.lock", "{}");
    scratch.write("gems/Gemfile.lock", "GEM\n  specs:\n    rack (3.0.0)\n");
    scratch.write("gems/.bundle/config", "---\nBUNDLE_PATH: \"vendor/bundle\"\n");
    scratch.commit("all");
    scratch.write("gems/vendor/bundle/ruby/3.1.0/specifications/rack-2.0.0.gemspec", "");
    scratch.agent(&["trust", "--yes"]).ok();
    let composer = ("composer", "mkdir -p vendor/installed");
    let bundle = ("bundle", "mkdir -p vendor/bundle/ruby/installed");
    for (name, mode) in [("auto", "auto"), ("install", "install")] {
        scratch.config("agent.deps", mode);
        let run = with_tools(&scratch, &[composer, bundle], &["spawn", name, "--json"]).ok();
        assert_eq!(
            (how(&run, "composer"), how(&run, "bundler:gems")),
            ("installed".into(), "installed".into()),
            "{mode}"
        );
        let again = with_tools(&scratch, &[composer, bundle], &["provision", name, "--json"]).ok();
        assert_eq!(
            (how(&again, "composer"), how(&again, "bundler:gems")),
            ("present".into(), "present".into()),
            "{mode}"
        );
    }
}

#[test]
fn gems_are_where_the_settings_say() {
    let lock = "GEM\n  specs:\n    rack (3.0.0)\n";
    let specification = "ruby/3.1.0/specifications/rack-3.0.0.gemspec";
    for (settings, expected) in [
        // Without a path gems are with Ruby, for all projects.
        (None, "installed"),
        (Some("---\nBUNDLE_JOBS: \"4\"\n"), "installed"),
        (Some("---\nBUNDLE_PATH: \"gems\"\n"), "copied"),
        (Some("---\nBUNDLE_PATH: \"MAIN/gems\"\n"), "installed"),
    ] {
        let scratch = Scratch::local();
        scratch.config("agent.base", "head");
        scratch.write(".gitignore", "/.bundle/\n/gems/\ncalls\n");
        scratch.write("Gemfile.lock", lock);
        scratch.commit("gems");
        scratch.write(&format!("gems/{specification}"), "");
        if let Some(settings) = settings {
            scratch.write(".bundle/config", settings.replace("MAIN", scratch.root().to_str().expect("Unicode")));
        }
        let bundle = ("bundle", "true");
        let quiet = with_tools(&scratch, &[bundle], &["spawn", "quiet", "--json"]).ok();
        assert!(
            ["left", "copied"].contains(&how(&quiet, "bundler").as_str()),
            "{settings:?}: the lockfile is the same"
        );
        scratch.agent(&["trust", "--yes"]).ok();
        let run = with_tools(&scratch, &[bundle], &["spawn", "x", "--json"]).ok();
        let place = scratch.tree("x");
        assert_eq!(how(&run, "bundler"), expected, "{settings:?}");
        assert_eq!(place.join("gems").join(specification).exists(), expected == "copied", "{settings:?}");
        let is_absolute = settings.is_some_and(|settings| settings.contains("MAIN"));
        assert_eq!(place.join(".bundle/config").exists(), settings.is_some() && !is_absolute, "{settings:?}");
        let again = with_tools(&scratch, &[bundle], &["provision", "x", "--json"]).ok();
        assert_eq!(how(&again, "bundler"), "present", "{settings:?}: it is not done each time");
    }
}

#[test]
fn yarn_is_told_by_its_lockfile() {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.write(".gitignore", "node_modules/\n.pnp.cjs\ncalls\n");
    scratch.write("yarn.lock", "# generated\n\n__metadata:\n  version: 8\n");
    scratch.commit("yarn");
    scratch.agent(&["trust", "--yes"]).ok();
    let yarn = ("yarn", "touch .pnp.cjs");
    let run = with_tools(&scratch, &[yarn], &["spawn", "x", "--json"]).ok();
    assert_eq!(how(&run, "yarn-berry"), "installed");
    assert_eq!(text(&scratch.tree("x").join("calls")), "yarn install --immutable\n");
    let again = with_tools(&scratch, &[yarn], &["provision", "x", "--json"]).ok();
    assert_eq!(how(&again, "yarn-berry"), "present", "nothing but .pnp.cjs is installed");
    // With its cache tracked as well there is nothing to install.
    scratch.write(".gitignore", "node_modules/\ncalls\n");
    scratch.write(".pnp.cjs", "");
    scratch.write(".yarn/cache/a.zip", "");
    scratch.commit("zero");
    let run = with_tools(&scratch, &[yarn], &["spawn", "zero", "--json"]).ok();
    assert_eq!(how(&run, "yarn-berry"), "left");
}

#[test]
fn a_branch_that_does_not_ignore_it_gets_no_copy() {
    let scratch = project();
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    scratch.write(".gitignore", "calls\n");
    scratch.git(&["commit", "--quiet", "--all", "-m", "other"]);
    scratch.git(&["checkout", "--quiet", "main"]);
    let run = scratch.agent(&["spawn", "x", "--base", "other"]).ok();
    run.says(&["'node_modules' is not copied: this branch does not ignore it"]);
    assert_eq!(scratch.git_in(&scratch.tree("x"), &["status", "--porcelain"]), "");
}

#[test]
fn more_lockfiles_than_are_heeded_are_told() {
    let scratch = project();
    for number in 0..22 {
        scratch.write(&format!("p{number}/uv.lock"), "");
    }
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "--quiet", "-m", "many"]);
    let told = "the first 20 lockfiles only, and 3 are left";
    scratch.agent(&["spawn", "x"]).ok().says(&[told]);
}

#[test]
fn a_device_in_the_place_of_a_lockfile_is_not_read() {
    let scratch = project();
    std::os::unix::fs::symlink("/dev/zero", scratch.root().join("uv.lock")).expect("a link");
    scratch.git(&["add", "uv.lock"]);
    scratch.git(&["commit", "--quiet", "-m", "zero"]);
    scratch.agent(&["spawn", "x"]).fails(7).says(&["the step 'uv' failed", "uv.lock", "it is no regular file"]);
    assert!(scratch.tree("x").join("node_modules/dep").is_dir());
    std::os::unix::fs::symlink("/dev/zero", scratch.root().join(".worktreeinclude")).expect("a link");
    scratch.agent(&["spawn", "y"]).fails(1).says(&[".worktreeinclude", "it is no regular file"]);
}
