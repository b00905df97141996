//! cargo, for real: what a copied `target` makes of a build in the worktree.

use std::path::Path;
use std::process::Command;

use crate::support::program::Run;
use crate::support::project::{put, text};
use crate::support::skip::skipped;
use crate::support::{Scratch, hermetic};

/// Runs the cargo that runs this test; it reaches nothing but what the project brings along.
fn cargo(scratch: &Scratch, dir: &Path, args: &[&str]) -> Option<Run> {
    let Some(program) = std::env::var_os("CARGO") else {
        skipped("cargo did not start this test");
        return None;
    };
    let mut command = Command::new(&program);
    command.args(args).args(["--offline"]).current_dir(dir).stdin(std::process::Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"CARGO") || name.as_encoded_bytes().starts_with(b"RUST") {
            command.env_remove(name);
        }
    }
    hermetic(&mut command, scratch.home()).env("CARGO_HOME", scratch.home().join("cargo"));
    command.env("RUSTC", Path::new(&program).with_file_name("rustc")).env("CARGO_TERM_COLOR", "never");
    Some(scratch.run(&mut command))
}

/// A program with a package from a registry and one of its own workspace, which has a build script.
fn project() -> Scratch {
    let scratch = Scratch::local();
    scratch.config("agent.base", "head");
    scratch.config("agent.copy", "/target/");
    scratch.write(".gitignore", "/target/\n");
    let registry = scratch.beside("registry");
    let source = format!(
        "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = {:?}\n",
        registry.to_str().expect("Unicode")
    );
    put(&scratch.home().join("cargo/config.toml"), source);
    let dep = "[package]\nname = \"dep\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";
    put(&registry.join("dep/Cargo.toml"), dep);
    put(&registry.join("dep/src/lib.rs"), "pub fn dep() -> &'static str { \"dep\" }\n");
    let sum = format!(r#"{{"files":{{}},"package":"{}"}}"#, "0".repeat(64));
    put(&registry.join("dep/.cargo-checksum.json"), sum);
    scratch.write(
        "Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\ndep = \"1\"\nown = { path = \"own\" }\n[workspace]\nmembers = [\"own\"]\n",
    );
    scratch.write("src/main.rs", "fn main() { println!(\"{} {} committed\", dep::dep(), own::own()); }\n");
    scratch.write("own/Cargo.toml", "[package]\nname = \"own\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    scratch.write("own/build.rs", "fn main() { println!(\"cargo:rustc-env=OWN=own\"); }\n");
    scratch.write("own/src/lib.rs", "pub fn own() -> &'static str { env!(\"OWN\") }\n");
    scratch
}

#[test]
fn a_build_in_the_worktree_is_of_the_worktrees_sources() {
    let scratch = project();
    let root = scratch.root();
    if cargo(&scratch, &root, &["generate-lockfile"]).map(Run::ok).is_none() {
        return;
    }
    scratch.commit("a program");
    // The sources of the worktree are older than what the main checkout builds from changes that nobody has committed.
    let place = scratch.spawn("x");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    put(&root.join("src/main.rs"), "fn main() { println!(\"UNCOMMITTED\"); }\n");
    put(&root.join("own/build.rs"), "fn main() { println!(\"cargo:rustc-env=OWN=UNCOMMITTED\"); }\n");
    cargo(&scratch, &root, &["build"]).expect("as before").ok();
    cargo(&scratch, &root, &["test", "--no-run"]).expect("as before").ok();
    scratch.agent(&["provision", "x"]).ok().says(&["files: "]);
    assert!(!place.join("target/debug/app").exists(), "nobody starts what was built from other sources");
    let built = cargo(&scratch, &place, &["build", "-v"]).expect("as before").ok();
    built.says(&["Fresh dep v1.0.0", "Compiling own", "Compiling app"]);
    let run = cargo(&scratch, &place, &["run", "-q"]).expect("as before").ok();
    assert_eq!(run.line(), "dep own committed");
    let again = cargo(&scratch, &place, &["build", "-v"]).expect("as before").ok();
    again.says(&["Fresh app", "Fresh own"]);
    assert_eq!(text(&root.join("src/main.rs")), "fn main() { println!(\"UNCOMMITTED\"); }\n");
}
