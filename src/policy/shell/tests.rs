use super::*;

/// A tree in a form that can be read: words between angle brackets.
fn show(node: &Node) -> String {
    match node {
        Node::Simple(simple) => {
            let mut out: Vec<String> = simple.assigns.iter().map(|assign| format!("{}=", assign.name)).collect();
            out.extend(
                simple.words.iter().map(|word| format!("<{}>", word.parts.iter().map(part).collect::<String>())),
            );
            out.extend(simple.declared.iter().map(|assign| format!("{}:=", assign.name)));
            for redirect in &simple.redirects {
                let body = redirect.target.get().map(|word| word.parts.iter().map(part).collect::<String>());
                out.push(format!("{:?}[{}]", redirect.op, body.unwrap_or_default()));
            }
            out.join(" ")
        }
        Node::Sequence(nodes) => nodes.iter().map(show).collect::<Vec<_>>().join(" ; "),
        Node::And(left, right) => format!("({} AND {})", show(left), show(right)),
        Node::Or(left, right) => format!("({} OR {})", show(left), show(right)),
        Node::Pipe(nodes) => nodes.iter().map(show).collect::<Vec<_>>().join(" PIPE "),
        Node::Background(node) => format!("BG({})", show(node)),
        Node::Subshell(node) => format!("SUB({})", show(node)),
        Node::Redirected(node, redirects) => format!("{}{}", show(node), ">".repeat(redirects.len())),
        Node::If(arms, other) => format!(
            "IF{} ELSE{}",
            arms.iter().map(|(a, b)| format!("({} THEN {})", show(a), show(b))).collect::<String>(),
            other.as_deref().map(show).unwrap_or_default()
        ),
        Node::Loop(head, body) => format!("LOOP({} DO {})", show(head), show(body)),
        Node::For(name, words, body) => format!("FOR {name} {:?} {}", words.as_ref().map(Vec::len), show(body)),
        Node::Case(_, arms) => {
            format!("CASE{}", arms.iter().map(|(_, node)| format!("({})", show(node))).collect::<String>())
        }
        Node::Function(name, body) => format!("FN {name} {}", show(body)),
        Node::Evaluate(words) => format!("EVAL{}", words.len()),
    }
}

fn part(part: &Part) -> String {
    match part {
        Part::Plain(text) | Part::Quoted(text) => text.clone(),
        Part::Double(parts) => parts.iter().map(self::part).collect(),
        Part::Param(param) => format!("${{{}}}", param.name),
        Part::Command(node) | Part::Process(node) | Part::Sink(node) => format!("$({})", show(node)),
        Part::Number(_) => "$((…))".to_owned(),
    }
}

fn shown(text: &str) -> String {
    parse(text, Some(0)).map_or_else(|fault| format!("{fault:?}"), |node| show(&node))
}

#[test]
fn commands_and_lists() {
    for (text, tree) in [
        ("a b", "<a> <b>"),
        ("a;b&c", "<a> ; BG(<b>) ; <c>"),
        ("a && b || c", "((<a> AND <b>) OR <c>)"),
        ("a |& b | c", "<a> PIPE <b> PIPE <c>"),
        ("! a", "<a>"),
        ("time -p a", "<a>"),
        ("x=1 y+=2 a", "x= y= <a>"),
        ("x=(a b) ; c", "x= ; <c>"),
        ("export x=(a b) y", "<export> <y> x:="),
        ("a >/dev/null b 2>&1", "<a> <b> Write[/dev/null] Duplicate[1]"),
        ("a # b", "<a>"),
        ("a#b", "<a#b>"),
        ("{ a; b; }", "<a> ; <b>"),
        ("(a)", "SUB(<a>)"),
        ("if a; then b; elif c; then d; else e; fi", "IF(<a> THEN <b>)(<c> THEN <d>) ELSE<e>"),
        ("while a; do b; done", "LOOP(<a> DO <b>)"),
        ("for x in 1 2; do a; done", "FOR x Some(2) <a>"),
        ("for ((i=0;i<3;i++)); do a; done", "LOOP(EVAL1 DO <a>)"),
        ("case x in a|b) c;; (d) e;; esac", "CASE(<c>)(<e>)"),
        ("f() { a; }; function g { b; }", "FN f <a> ; FN g <b>"),
        ("[[ -d . && a =~ ^(b|c)$ ]] && d", "(EVAL5 AND <d>)"),
        ("((x=1)); a", "EVAL1 ; <a>"),
        ("((a); (b))", "SUB(SUB(<a>) ; SUB(<b>))"),
        ("coproc a", "BG(<a>)"),
    ] {
        assert_eq!(shown(text), tree, "{text}");
    }
}

#[test]
fn words_and_quotes() {
    for (text, tree) in [
        (r"g\it 'a b'\''c' d", "<git> <a b'c> <d>"),
        ("a\\\nb", "<ab>"),
        (r#""a\"b\x $y""#, r#"<a"b\x ${y}>"#),
        (r"$'\x70u\163h\n'", "<push\n>"),
        ("$(a $(b)) `c \\`d\\``", "<$(<a> <$(<b>)>)> <$(<c> <$(<d>)>)>"),
        ("${x:-$(a)} ${#x} ${x[@]} ${x//a/b}", "<${x}> <${x}> <${x}> <${x}>"),
        ("$((1+2)) $[3] $(( $(a) ))", "<$((…))> <$((…))> <$((…))>"),
        ("a <(b) >(c)", "<a> <$(<b>)> <$(<c>)>"),
        ("echo a$ $", "<echo> <a$> <$>"),
        ("echo @(a|b)*", "<echo> <@(a|b)*>"),
    ] {
        assert_eq!(shown(text), tree, "{text}");
    }
}

#[test]
fn here_documents() {
    for (text, tree) in [
        ("a <<E\nx $y\nE\nb", "<a> Here[x ${y}\n] ; <b>"),
        ("a <<'E' | c\nx $y\nE\nb", "<a> Here[x $y\n] PIPE <c> ; <b>"),
        ("a <<-E\n\tx\n\tE\nb", "<a> Here[x\n] ; <b>"),
        ("a <<A <<B\n1\nA\n2\nB\n", "<a> Here[1\n] Here[2\n]"),
        ("a \"$(cat <<'E'\nit's (\nE\n)\"", "<a> <$(<cat> Here[it's (\n])>"),
        ("a <<END.OF\nx\nEND\nEND.OF\nb", "<a> Here[x\nEND\n] ; <b>"),
        ("a <<< b", "<a> HereString[b]"),
    ] {
        assert_eq!(shown(text), tree, "{text}");
    }
}

#[test]
fn what_is_not_a_script() {
    for text in
        ["a (b", "'a", "\"a", "$(a", "`a", "if a; then b", "a &&", "; a", "a )", "{ a", "& a", "${x", "case a in b) c"]
    {
        assert!(matches!(parse(text, Some(0)), Err(Fault::Syntax(_))), "{text}");
    }
    assert_eq!(parse(&"$(".repeat(100_000), Some(0)).unwrap_err(), Fault::TooDeep);
    assert!(parse(&"((".repeat(100_000), Some(0)).is_err());
    assert!(parse(&"$(((".repeat(100_000), Some(0)).is_err());
}

#[test]
fn spans_are_places_in_the_text() {
    let text = "a; b \"c d\" $(git push origin)";
    let Ok(Node::Sequence(nodes)) = parse(text, Some(0)) else { panic!() };
    let Node::Simple(simple) = &nodes[1] else { panic!() };
    let (from, to) = simple.words[1].span.unwrap();
    assert_eq!(&text[from..to], "\"c d\"");
    let [Part::Command(inner)] = simple.words[2].parts.as_slice() else { panic!() };
    let Node::Simple(inner) = &**inner else { panic!() };
    let (from, to) = inner.words[1].span.unwrap();
    assert_eq!(&text[from..to], "push");
}

#[test]
fn braces() {
    for (text, words) in [
        ("{a,b}", "a b"),
        ("ma{in,ster}", "main master"),
        ("{a,b}{c,d}", "ac ad bc bd"),
        ("{a,{b,c}}", "a b c"),
        ("x{1..3}", "x1 x2 x3"),
        ("{c..a}", "c b a"),
        ("HEAD@{1}", "HEAD@{1}"),
        ("{a", "{a"),
        ("'{a,b}'", "{a,b}"),
        ("{a,'b,c'}", "a b,c"),
    ] {
        let Ok(Node::Simple(simple)) = parse(&format!("x {text}"), None) else { panic!("{text}") };
        let (found, whole) = brace::expand(&simple.words[1]);
        assert!(whole);
        let found: Vec<String> = found.iter().map(|word| word.parts.iter().map(part).collect()).collect();
        assert_eq!(found.join(" "), words, "{text}");
    }
}
