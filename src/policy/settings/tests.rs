//! Files as people have them.

use serde_json::json;

use super::*;

const STRICT: Dialect = Dialect { comments: false, mark: true };
const LOOSE: Dialect = Dialect { comments: true, mark: false };

fn entries() -> Entries {
    let hook = json!({ "type": "command", "command": "git-agent-hook claude" });
    Entries {
        head: vec![],
        hooks: vec![("Pre", json!({ "hooks": [hook] })), ("Start", json!({ "matcher": "m", "hooks": [hook] }))],
    }
}

/// Every file comes back to the byte, by the patch; and without one if nothing was empty before.
#[test]
fn in_and_out_again() {
    let theirs = r#"{ "matcher": "Bash", "hooks": [ {"type": "command", "command": "mine"} ] }"#;
    for (text, dialect, alone) in [
        ("{}\n", STRICT, true),
        ("{}", STRICT, true),
        ("{\n}\n", STRICT, false),
        ("{\"a\":1}", STRICT, false),
        ("{\n  \"a\": 1\n}\n", STRICT, true),
        ("{\r\n\t\"a\": 1,\r\n\t\"b\": [1, 2]\r\n}\r\n", STRICT, true),
        ("\u{feff}{\n    \"a\": \"ä\\u00e4\"\n}", STRICT, true),
        ("{\n  \"hooks\": {}\n}\n", STRICT, false),
        ("{\n  \"hooks\": {\n    \"Pre\": []\n  },\n  \"z\": null\n}\n", STRICT, false),
        (
            &format!("{{\n  \"hooks\": {{\n    \"Pre\": [\n      {theirs}\n    ]\n  }},\n  \"z\": 1e3\n}}\n"),
            STRICT,
            true,
        ),
        (&format!("{{\"hooks\":{{\"Other\":[{theirs}]}},\"z\":1}}"), STRICT, false),
        ("// top\n{\n  /* a */ \"a\": 1, // b\n  \"c\": { } // d\n  // end\n}\n// after", LOOSE, true),
        (
            &format!(
                "{{\n  \"hooks\": {{ // mine\n    \"Pre\": [\n      // first\n      {theirs} // x\n    ]\n  }}\n}}\n"
            ),
            LOOSE,
            true,
        ),
    ] {
        let new = with(Some(text), &entries(), dialect).unwrap_or_else(|broken| panic!("{text}: {broken:?}"));
        assert!(has(&new, &entries(), dialect).unwrap(), "{new}");
        assert_eq!(with(Some(&new), &entries(), dialect).unwrap(), new, "again: {text}");
        assert_eq!(text.contains("\r\n"), new.contains("\r\n") && !new.replace("\r\n", "").contains('\n'), "{new:?}");
        for comment in ["// top", "/* a */", "// b", "// d", "// end", "// after", "// mine", "// first", "// x"] {
            assert_eq!(text.contains(comment), new.contains(comment), "{new}");
        }
        let patch = Patch::between(text, &new);
        assert_eq!(patch.taken_back(&new).as_deref(), Some(text), "{new}");
        let out = without(&new, dialect).unwrap();
        if alone {
            assert_eq!(out, text, "{new}");
        }
    }
}

#[test]
fn a_new_file() {
    let new = with(None, &entries(), STRICT).unwrap();
    assert!(new.starts_with("{\n  \"hooks\": {\n    \"Pre\": [\n") && new.ends_with("}\n"), "{new}");
    assert!(is_empty(&without(&new, STRICT).unwrap(), &entries(), STRICT).unwrap());
    assert!(!is_empty("{\"a\": 1}", &entries(), STRICT).unwrap());
}

#[test]
fn older_entries_are_replaced_and_others_stay() {
    let text = r#"{"hooks":{"Pre":[{"hooks":[{"type":"command","command":"git-agent-hook codex"},{"type":"command","command":"mine"}]}],"Gone":[{"hooks":[{"command":"git-agent-hook","args":["claude"]}]}]}}"#;
    let new = with(Some(text), &entries(), STRICT).unwrap();
    assert!(has(&new, &entries(), STRICT).unwrap() && new.contains("mine") && !new.contains("Gone"), "{new}");
    let out = without(&new, STRICT).unwrap();
    let expected = json!({ "hooks": { "Pre": [{ "hooks": [{ "type": "command", "command": "mine" }] }] } });
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap(), expected, "a line may have become several: {out}");
}

#[test]
fn what_is_changed_meanwhile_stays() {
    let text = "{\n  \"a\": 1\n}\n";
    let new = with(Some(text), &entries(), STRICT).unwrap();
    let patch = Patch::between(text, &new);
    let edited = new.replace("\"a\": 1", "\"a\": 2,\n  \"b\": 3");
    assert_eq!(without(&edited, STRICT).unwrap(), "{\n  \"a\": 2,\n  \"b\": 3\n}\n");
    assert_eq!(patch.taken_back(&edited), None, "the lines that were replaced are others now");
}

#[test]
fn what_the_client_could_not_read_is_not_touched() {
    for (text, dialect) in [
        ("{", STRICT),
        ("[]", STRICT),
        ("\"x\"", STRICT),
        ("{\"a\": 1,}", STRICT),
        ("{\"a\": 1,}", LOOSE),
        ("{} x", LOOSE),
        ("{'a': 1}", LOOSE),
        ("{a: 1}", LOOSE),
        ("{\"a\": 0x1}", LOOSE),
        ("{\"a\" 1}", LOOSE),
        ("// c\n{}", STRICT),
        ("\u{feff}{}", LOOSE),
        ("{\"hooks\": []}", STRICT),
        ("{\"hooks\": {\"Pre\": {}}}", STRICT),
        ("{\"hooks\": {}, \"hooks\": {\"Pre\": []}}", STRICT),
    ] {
        assert!(with(Some(text), &entries(), dialect).is_err(), "{text}");
    }
}

#[test]
fn a_long_line_is_refused_and_many_lines_are_not() {
    let of = |count: usize, between: &str| {
        let fields: Vec<_> = (0..count).map(|at| format!("\"k{at}\": 1")).collect();
        format!("{{{between}{}}}", fields.join(&format!(",{between}")))
    };
    for (count, between, expected) in [(1000, " ", true), (1001, " ", false), (30_000, "", false), (1001, "\n", true)] {
        let text = of(count, between);
        assert_eq!(with(Some(&text), &entries(), STRICT).is_ok(), expected, "{count} {between:?}");
        let inside = format!("{{\"hooks\":{text}}}");
        assert_eq!(with(Some(&inside), &entries(), STRICT).is_ok(), expected, "{count} {between:?}");
    }
}
