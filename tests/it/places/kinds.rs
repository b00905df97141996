//! Kinds of repositories.

use std::path::Path;

use super::assert_works;
use crate::support::Scratch;
use crate::support::project::put;

fn unicode(path: &Path) -> &str {
    path.to_str().expect("Unicode")
}

#[test]
fn an_ordinary_one_from_its_parts() {
    for part in ["", "dir", ".git"] {
        let scratch = Scratch::project();
        scratch.git(&["worktree", "add", "--quiet", "--detach", unicode(&scratch.beside("linked"))]);
        assert_works(&scratch, &scratch.root().join(part));
    }
    let scratch = Scratch::project();
    let linked = scratch.beside("linked");
    scratch.git(&["worktree", "add", "--quiet", "--detach", unicode(&linked)]);
    let path = assert_works(&scratch, &linked.join("dir"));
    assert_eq!(path, scratch.tree("feat/x"), "in the main checkout, not in the linked worktree");
}

#[test]
fn a_bare_repository_with_worktrees() {
    for (bare, place) in [("project/.bare", "project/feat+x"), ("project.git", "project-feat+x")] {
        for from in ["repository", "worktree"] {
            let scratch = Scratch::project();
            let bare = scratch.beside(bare);
            scratch.git(&["clone", "--quiet", "--bare", unicode(&scratch.origin()), unicode(&bare)]);
            let main = scratch.beside("trees/main");
            scratch.git_in(&bare, &["worktree", "add", "--quiet", unicode(&main), "main"]);
            let newest = scratch.colleague_pushes("main", "new");
            let path = assert_works(&scratch, if from == "worktree" { &main } else { &bare });
            assert_eq!(path, scratch.beside(place));
            assert_eq!(scratch.git_in(&path, &["rev-parse", "HEAD"]), newest, "from the fresh base");
            let commit = scratch.commit_in(&path, "c", "c\n");
            scratch.git_in(&path, &["push", "--quiet"]);
            let refs = scratch.refs_of(&scratch.origin());
            assert_eq!(refs, [format!("refs/heads/feat/x {commit}"), format!("refs/heads/main {newest}")]);
            assert!(!main.join(".gitignore").exists(), "nothing to ignore");
        }
    }
}

#[test]
fn a_folder_whose_git_file_names_a_bare_repository() {
    let scratch = Scratch::project();
    let project = scratch.beside("project");
    scratch.git(&["clone", "--quiet", "--bare", unicode(&scratch.origin()), unicode(&project.join(".bare"))]);
    put(&project.join(".git"), "gitdir: ./.bare\n");
    assert_eq!(assert_works(&scratch, &project), project.join("feat+x"));
}

#[test]
fn a_sparse_checkout_is_inherited() {
    let scratch = Scratch::project();
    scratch.write("other/c", "c\n");
    scratch.commit("other");
    scratch.git(&["push", "--quiet"]);
    scratch.git(&["sparse-checkout", "set", "dir"]);
    let path = assert_works(&scratch, &scratch.root());
    assert!(path.join("dir/b").exists() && path.join("a").exists() && !path.join("other").exists());
    assert_eq!(scratch.git_in(&path, &["sparse-checkout", "list"]), "dir");
    // Each worktree has its own: the change of one is inherited by those made from it only.
    scratch.git_in(&path, &["sparse-checkout", "set", "other"]);
    scratch.agent_in(&path, &["spawn", "from-x"]).ok();
    scratch.spawn("from-main");
    assert!(scratch.tree("from-x").join("other/c").exists() && !scratch.tree("from-x").join("dir").exists());
    assert!(!scratch.tree("from-main").join("other").exists() && scratch.tree("from-main").join("dir/b").exists());
}

#[test]
fn a_partial_clone() {
    let scratch = Scratch::project();
    scratch.git_in(&scratch.origin(), &["config", "uploadpack.allowFilter", "true"]);
    scratch.git_in(&scratch.origin(), &["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let clone = scratch.beside("partial");
    let url = format!("file://{}", scratch.origin().display());
    scratch.git(&["clone", "--quiet", "--no-checkout", "--filter=blob:none", &url, unicode(&clone)]);
    let path = assert_works(&scratch, &clone);
    assert_eq!(std::fs::read_to_string(path.join("a")).expect("it was fetched"), "alpha\n");
    // Removal and its proofs do not stumble over blobs that are not here.
    scratch.commit_in(&path, "c", "c\n");
    scratch.agent_in(&clone, &["gc"]).ok().prints(&["left 'feat/x'"]);
    scratch.agent_in(&clone, &["rm", "feat/x", "--force"]).ok();
    scratch.agent_in(&clone, &["restore", "feat/x"]).ok();
}

#[test]
fn a_shallow_clone() {
    let scratch = Scratch::project();
    scratch.colleague_pushes("main", "one");
    scratch.colleague_pushes("main", "two");
    let clone = scratch.beside("shallow");
    let url = format!("file://{}", scratch.origin().display());
    scratch.git(&["clone", "--quiet", "--depth=1", &url, unicode(&clone)]);
    scratch.colleague_pushes("main", "three");
    let path = assert_works(&scratch, &clone);
    assert!(path.join("three").exists());
    scratch.agent_in(&clone, &["list"]).ok();
}

#[test]
fn no_remote() {
    let scratch = Scratch::local();
    let path = assert_works(&scratch, &scratch.root());
    assert_eq!(scratch.row("feat/x")["base"]["name"], "main");
    std::fs::remove_file(path.join("added")).expect("it is there");
    scratch.commit_in(&path, "c", "c\n");
    scratch.git(&["merge", "--quiet", "feat/x"]);
    scratch.agent(&["gc"]).ok().prints(&["removed 'feat/x'"]);
}

#[test]
fn longer_hashes() {
    let scratch = Scratch::project_with(&["--object-format=sha256"]);
    let newest = scratch.colleague_pushes("main", "new");
    assert_eq!(newest.len(), 64);
    let path = assert_works(&scratch, &scratch.root());
    assert_eq!(scratch.commit_of("feat/x"), Some(newest));
    scratch.git_in(&path, &["add", "added"]);
    scratch.agent(&["rm", "feat/x", "--force"]).ok();
    scratch.git(&["gc", "--quiet", "--prune=now"]);
    scratch.agent(&["restore", "feat/x"]).ok();
    assert_eq!(scratch.git_in(&path, &["cat-file", "blob", ":added"]), "added");
}

#[test]
fn a_detached_head() {
    let scratch = Scratch::project();
    scratch.git(&["checkout", "--quiet", "--detach"]);
    scratch.commit_in(&scratch.root(), "c", "c\n");
    assert_works(&scratch, &scratch.root());
    assert_eq!(scratch.commit_of("feat/x"), scratch.commit_of("origin/main"));
    scratch.agent(&["spawn", "y", "--base", "head"]).ok();
    assert_eq!(scratch.commit_of("y"), scratch.commit_of("HEAD"));

    // Neither a branch nor a remote: the commit itself.
    let scratch = Scratch::local();
    scratch.git(&["checkout", "--quiet", "--detach"]);
    scratch.git(&["branch", "--quiet", "-D", "main"]);
    scratch.spawn("x");
    assert_eq!(scratch.commit_of("x"), scratch.commit_of("HEAD"));
}

#[test]
fn a_relative_url() {
    let scratch = Scratch::project();
    scratch.git(&["remote", "set-url", "origin", "../origin.git"]);
    let newest = scratch.colleague_pushes("main", "new");
    let path = assert_works(&scratch, &scratch.root());
    assert_eq!(scratch.commit_of("feat/x"), Some(newest.clone()));
    let commit = scratch.commit_in(&path, "c", "c\n");
    scratch.git_in(&path, &["push", "--quiet"]);
    scratch.git_in(&path, &["fetch", "--quiet"]);
    let refs = scratch.refs_of(&scratch.origin());
    assert_eq!(refs, [format!("refs/heads/feat/x {commit}"), format!("refs/heads/main {newest}")]);
    // From a worktree too, and where somebody else made it.
    scratch.agent_in(&path, &["spawn", "y"]).ok();
    let foreign = scratch.beside("deep/er/foreign");
    scratch.git(&["worktree", "add", "--quiet", "-b", "theirs", unicode(&foreign)]);
    scratch.git_in(&foreign, &["push", "--quiet"]);
}

#[test]
fn a_git_directory_elsewhere() {
    let scratch = Scratch::empty();
    let (root, git) = (scratch.root(), scratch.beside("elsewhere.git"));
    std::fs::create_dir(&root).expect("it can be made");
    scratch.git(&["init", "--quiet", "--initial-branch=main", "--separate-git-dir", unicode(&git)]);
    scratch.write("a", "alpha\n");
    scratch.commit("first");
    let path = assert_works(&scratch, &root);
    assert_eq!(path, scratch.tree("feat/x"));
    scratch.agent_in(&path, &["list"]).ok();
}

#[test]
fn a_git_directory_elsewhere_seen_from_a_worktree() {
    let scratch = Scratch::empty();
    let git = scratch.beside("elsewhere.git");
    std::fs::create_dir(scratch.root()).expect("it can be made");
    scratch.git(&["init", "--quiet", "--initial-branch=main", "--separate-git-dir", unicode(&git)]);
    scratch.write("a", "alpha\n");
    scratch.commit("first");
    let path = scratch.spawn("x");
    let run = scratch.agent_in(&path, &["spawn", "y", "--quiet"]).ok();
    assert_eq!(Path::new(run.line()), scratch.tree("y"));
}

#[test]
fn settings_of_each_worktree() {
    let scratch = Scratch::project();
    scratch.config("extensions.worktreeConfig", "true");
    let path = assert_works(&scratch, &scratch.root());
    scratch.git_in(&path, &["config", "--worktree", "user.name", "Agent"]);
    scratch.agent(&["rm", "feat/x", "--force"]).ok();
    scratch.agent(&["restore", "feat/x"]).ok();
    assert_eq!(scratch.git_in(&path, &["config", "user.name"]), "Agent");
}

#[test]
fn a_commit_graph_and_packed_refs() {
    let scratch = Scratch::project();
    for number in 0..20 {
        scratch.git(&["branch", &format!("b{number}")]);
    }
    scratch.git(&["pack-refs", "--all"]);
    scratch.git(&["commit-graph", "write", "--reachable"]);
    scratch.git(&["repack", "--quiet", "-ad", "--write-midx"]);
    let path = assert_works(&scratch, &scratch.root());
    scratch.git(&["pack-refs", "--all"]);
    scratch.git(&["gc", "--quiet"]);
    scratch.agent(&["rm", "feat/x", "--force"]).ok();
    scratch.git(&["pack-refs", "--all"]);
    scratch.agent(&["restore", "feat/x"]).ok();
    assert!(path.join("added").exists());
}
