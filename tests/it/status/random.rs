//! Mutations at random, compared after each.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use super::check;
use crate::support::dice::Dice;
use crate::support::{Scratch, alone};

const FOLDERS: [&str; 9] = ["", "", "d/", "d/e/", "d-/", "u/", "u/v/", "build/", "x/y z/"];
const NAMES: [&str; 10] = ["a", "b", "c.o", "keep.o", "d", "e", "u", "\u{e9}", "build", ".gitattributes"];
const TEXTS: [&str; 7] = ["", "one\n", "two\n", "six\n", "three\n", "1\r\n", "longer than the others\n"];
const RULES: [&str; 14] =
    ["*.o", "!keep.o", "build/", "/build", "u/", "/u/v", "d/*", "!d/e", "**/a", "x/**", "*", "!*/", "d", "[ab]"];
const ATTRIBUTES: [&str; 5] = ["* text=auto\n", "*.o binary\n", "a text eol=lf\n", "* -text\n", "b ident\n"];

struct World {
    scratch: Scratch,
    dice: Dice,
    nested: usize,
}

impl World {
    fn path(&mut self) -> String {
        format!("{}{}", self.dice.pick(&FOLDERS), self.dice.pick(&NAMES))
    }

    fn at(&self, path: &str) -> PathBuf {
        self.scratch.root().join(path)
    }

    /// Writes a file if nothing stands in the way; now and then it clears the way.
    fn put(&mut self, path: &str, text: &str) {
        let whole = self.at(path);
        let Some(folder) = whole.parent() else { return };
        if self.dice.roll(4) == 0 {
            for above in folder.ancestors().take_while(|above| *above != self.scratch.root()) {
                if above.symlink_metadata().is_ok_and(|meta| !meta.is_dir()) {
                    std::fs::remove_file(above).expect("it can be removed");
                }
            }
            remove(&whole);
        }
        if std::fs::create_dir_all(folder).is_ok() {
            let _ = std::fs::write(whole, text);
        }
    }

    fn git(&mut self, args: &[&str]) {
        // Whether it works depends on what was rolled before; both are worth comparing.
        let _ = self.scratch.try_git_in(&self.scratch.root(), args);
    }

    /// Changes something and says what.
    fn mutate(&mut self) -> String {
        let path = self.path();
        let other = self.path();
        let text = self.dice.pick(&TEXTS);
        match self.dice.roll(34) {
            0..=7 => {
                self.put(&path, text);
                format!("write {path} {text:?}")
            }
            8 | 9 => {
                remove(&self.at(&path));
                format!("remove {path}")
            }
            10 => {
                let folder = self.dice.pick(&FOLDERS);
                remove(&self.at(folder).join("d"));
                "remove some d".to_owned()
            }
            11 => {
                let mode = std::fs::Permissions::from_mode(self.dice.pick(&[0o644, 0o755]));
                if self.at(&path).symlink_metadata().is_ok_and(|meta| meta.is_file()) {
                    std::fs::set_permissions(self.at(&path), mode).expect("its mode can be set");
                }
                format!("mode {path}")
            }
            12 | 13 => {
                let _ = std::fs::rename(self.at(&path), self.at(&other));
                format!("move {path} {other}")
            }
            14 => {
                let _ = symlink(self.dice.pick(&["a", "d", "nowhere"]), self.at(&path));
                format!("link {path}")
            }
            15 => {
                if self.at(&path).symlink_metadata().is_ok_and(|meta| meta.is_file()) {
                    self.scratch.age(&path, 100);
                }
                format!("age {path}")
            }
            16 | 17 => {
                self.git(&["add", "--all"]);
                "add all".to_owned()
            }
            18 | 19 => {
                self.git(&["add", "--force", "--", &path]);
                format!("add {path}")
            }
            20 => {
                self.git(&["add", "-N", "--", &path]);
                format!("add -N {path}")
            }
            21 => {
                self.git(&["rm", "-r", "--quiet", "--cached", "--", &path]);
                format!("rm --cached {path}")
            }
            22 | 23 => {
                self.git(&["commit", "--quiet", "-m", "more"]);
                "commit".to_owned()
            }
            24 => {
                let how = self.dice.pick(&["--soft", "--mixed", "--hard"]);
                self.git(&["reset", "--quiet", how, "HEAD~1"]);
                format!("reset {how}")
            }
            25 => {
                self.git(&["checkout", "--quiet", "--force", "HEAD", "--", "."]);
                "checkout".to_owned()
            }
            26 => {
                self.git(&["status"]);
                "status".to_owned()
            }
            27 | 28 => {
                let rules: Vec<_> = (0..3).map(|_| self.dice.pick(&RULES)).collect();
                let folder = self.dice.pick(&FOLDERS);
                let path = if self.dice.roll(6) == 0 { ".git/info/exclude" } else { &format!("{folder}.gitignore") };
                self.put(path, &rules.join("\n"));
                format!("rules {path} {rules:?}")
            }
            29 => {
                let how = self.dice.pick(&[
                    "--assume-unchanged",
                    "--no-assume-unchanged",
                    "--skip-worktree",
                    "--no-skip-worktree",
                ]);
                self.git(&["update-index", how, "--", &path]);
                format!("{how} {path}")
            }
            30 => {
                let blob = self.scratch.try_git_with(&["hash-object", "-w", "--stdin"], text).stdout;
                let blob = String::from_utf8_lossy(&blob).trim().to_owned();
                let info =
                    format!("0 {} 0\t{path}\n100644 {blob} 1\t{path}\n100644 {blob} 2\t{path}\n", "0".repeat(40));
                let _ = self.scratch.try_git_with(&["update-index", "--index-info"], &info);
                format!("conflict {path}")
            }
            31 => {
                let text = self.dice.pick(&ATTRIBUTES);
                let path = format!("{}.gitattributes", self.dice.pick(&FOLDERS));
                self.put(&path, text);
                format!("attributes {path} {text:?}")
            }
            32 => {
                let (key, value) = self.dice.pick(&[
                    ("core.fileMode", "false"),
                    ("core.fileMode", "true"),
                    ("core.checkStat", "minimal"),
                    ("core.checkStat", "default"),
                    ("core.trustCtime", "false"),
                ]);
                self.git(&["config", key, value]);
                format!("config {key}={value}")
            }
            _ => {
                self.nested += 1;
                let folder = self.dice.pick(&["u", "u/v", "d", "build", "x"]);
                let path = format!("{folder}/n{}", self.nested % 3);
                if self.dice.roll(2) == 0 {
                    self.git(&["init", "--quiet", &path]);
                } else {
                    self.git(&["worktree", "add", "--quiet", "--detach", "--force", &path]);
                }
                format!("nested {path}")
            }
        }
    }
}

fn remove(path: &Path) {
    let _ = std::fs::remove_file(path).or_else(|_| std::fs::remove_dir_all(path));
}

fn run(name: &str, seed: u64, rounds: usize) {
    alone(name, || {
        let seed = std::env::var("GIT_AGENT_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(seed);
        for seed in (seed..).take(rounds) {
            // Every fifth world speaks SHA-256.
            let options: &[&str] = if seed % 5 == 0 { &["--object-format=sha256"] } else { &[] };
            let dice = Dice::new(seed);
            let mut world = World { scratch: Scratch::with(options), dice, nested: 0 };
            // It stays as it is: git reads files again that are as old as the index, and would find them changed.
            world.scratch.config("core.autocrlf", world.dice.pick(&["false", "false", "true", "input"]));
            let mut history = Vec::new();
            for _ in 0..60 {
                history.push(world.mutate());
                let what = format!("seed {seed}: {history:#?}");
                let _ = check(&world.scratch, &world.scratch.root(), &what);
            }
        }
    });
}

#[test]
fn whatever_happens() {
    run("status::random::whatever_happens", 1, 8);
}

#[test]
#[ignore = "takes minutes"]
fn whatever_happens_for_long() {
    run("status::random::whatever_happens_for_long", 1000, 150);
}
