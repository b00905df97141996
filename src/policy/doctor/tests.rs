//! Tables of facts and what is said of them.

use super::*;
use crate::policy::include::Stanza;

/// A repository in which all is well.
fn sound() -> Facts {
    let setting = |key: &str, value: &str| Setting {
        scope: "local".to_owned(),
        origin: "file:x".to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
    };
    Facts {
        git: Some((2, 47)),
        oldest_git: (2, 38),
        version: "1.0".to_owned(),
        hook: Some(HookProgram {
            path: "/b/git-agent-hook".to_owned(),
            version: Some("1.0".to_owned()),
            on_path: true,
        }),
        setup: Setup {
            stanza: Some(Stanza::Fine),
            folder: "/r/hooks".to_owned(),
            protected: vec!["trunk".to_owned()],
            ..Setup::default()
        },
        trees: vec![Tree {
            name: "x".to_owned(),
            path: "/r/x".to_owned(),
            agent: true,
            branch: Some("x".to_owned()),
            hooks_path: Some(setting("core.hookspath", "/r/hooks")),
            push_default: Some(setting("push.default", "current")),
            ..Tree::default()
        }],
        proof: Proof::Refused,
        remote: Some("origin".to_owned()),
        ..Facts::default()
    }
}

/// What is not well: the check, how bad, and whether it can be mended.
fn found(facts: &Facts) -> Vec<(&'static str, Level, bool)> {
    let findings = examine(facts);
    let bad = findings.iter().filter(|finding| finding.level != Level::Ok);
    bad.map(|finding| {
        assert!(!finding.hints.is_empty(), "{finding:?}");
        assert!(!finding.what.contains('\n'), "{finding:?}");
        (finding.check, finding.level, finding.fix.is_some())
    })
    .collect()
}

#[test]
fn a_sound_repository() {
    assert_eq!(found(&sound()), []);
    assert!(examine(&sound()).iter().all(|finding| finding.hints.is_empty()));
}

#[test]
fn each_fact_has_its_finding() {
    use Level::{Bad, Warn};
    type Case = (fn(&mut Facts), &'static [(&'static str, Level, bool)]);
    let cases: &[Case] = &[
        (|facts| facts.git = Some((2, 37)), &[("git", Bad, false)]),
        (|facts| facts.git = None, &[("git", Bad, false)]),
        (|facts| facts.hook = None, &[("hook-program", Bad, false)]),
        (|facts| facts.hook.as_mut().unwrap().version = None, &[("hook-program", Bad, false)]),
        (|facts| facts.hook.as_mut().unwrap().on_path = false, &[("hook-program", Warn, false)]),
        (|facts| facts.setup.stanza = Some(Stanza::Missing), &[("include", Bad, true)]),
        (|facts| facts.setup.stanza = Some(Stanza::Overridden), &[("include", Bad, true)]),
        (|facts| facts.setup.moved = true, &[("include", Bad, true)]),
        (|facts| facts.setup.stale = true, &[("include", Warn, true)]),
        (
            |facts| {
                facts.setup.stanza = None;
                facts.trees.clear();
            },
            &[("include", Warn, true)],
        ),
        (|facts| facts.setup.guard_off = true, &[("hooks", Warn, false)]),
        (|facts| facts.setup.hooks = vec![("pre-push".into(), HookFile::Foreign)], &[("hooks", Bad, true)]),
        (|facts| facts.setup.hooks = vec![("pre-push".into(), HookFile::Changed)], &[("hooks", Warn, true)]),
        (|facts| facts.setup.hooks = vec![("update".into(), HookFile::Missing)], &[("hooks", Warn, true)]),
        (
            |facts| facts.setup.hooks = (0..23).map(|at| (format!("{at}"), HookFile::Missing)).collect(),
            &[("hooks", Bad, true)],
        ),
        (|facts| facts.trees[0].hooks_path = None, &[("hooks-path", Bad, true)]),
        (|facts| facts.trees[0].hooks_path.as_mut().unwrap().value = "/x".into(), &[("hooks-path", Bad, true)]),
        (
            |facts| {
                let setting = facts.trees[0].hooks_path.as_mut().unwrap();
                (setting.value, setting.scope) = ("/x".into(), "command".into());
            },
            &[("hooks-path", Bad, false)],
        ),
        (|facts| facts.proof = Proof::Passed, &[("pre-push", Bad, false)]),
        (|facts| facts.proof = Proof::Failed("why".into()), &[("pre-push", Bad, false)]),
        (|facts| facts.setup.protected.clear(), &[("protected", Warn, true)]),
        (
            |facts| {
                facts.setup.protected.clear();
                facts.remote = None;
            },
            &[],
        ),
        (
            |facts| {
                facts.openings = vec![Setting {
                    scope: "global".into(),
                    origin: "file:y".into(),
                    key: "agent.allowpush".into(),
                    value: "true".into(),
                }];
            },
            &[("openings", Warn, false)],
        ),
        (
            |facts| facts.trees[0].problem = Some(("gone".into(), "git worktree prune".into())),
            &[("worktrees", Bad, false)],
        ),
        (
            |facts| {
                facts.trees[0].problem = Some(("gone".into(), "git worktree prune".into()));
                facts.trees[0].found_at = Some("/r/y".into());
            },
            &[("worktrees", Bad, true)],
        ),
        (|facts| facts.trees[0].damage = Some("bad\nJSON".into()), &[("worktrees", Bad, false)]),
        (|facts| facts.trees[0].agent = false, &[]),
        (|facts| facts.trees[0].upstream = Some(("origin".into(), "refs/heads/x".into())), &[]),
        (
            |facts| facts.trees[0].upstream = Some(("origin".into(), "refs/heads/main".into())),
            &[("upstream", Warn, true)],
        ),
        (
            |facts| {
                facts.trees[0].upstream = Some((".".into(), "refs/heads/main".into()));
                facts.trees[0].agent = false;
            },
            &[("upstream", Warn, false)],
        ),
        (
            |facts| facts.trees[0].push_default.as_mut().unwrap().value = "simple".into(),
            &[("push-default", Warn, true)],
        ),
        (|facts| facts.setup.not_ignored = Some(".gitignore".into()), &[("ignored", Warn, true)]),
        (|facts| facts.team.broken = Some("line 3\nx".into()), &[("gitagent", Bad, false)]),
        (|facts| facts.team.unknown = vec!["agent.x".into()], &[("gitagent", Warn, false)]),
        (|facts| facts.expired = 2, &[("trash", Warn, false)]),
        (|facts| facts.dead = vec!["the spawn of x".into()], &[("journal", Bad, false)]),
        (|facts| facts.more = vec![Finding::bad("client", "y").hint("z")], &[("client", Bad, false)]),
    ];
    for (at, (change, expected)) in cases.iter().enumerate() {
        let mut facts = sound();
        change(&mut facts);
        assert_eq!(found(&facts), *expected, "case {at}");
    }
}
