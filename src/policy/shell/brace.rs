//! Brace expansion: one word becomes several ("Brace Expansion" in bash's manual). It comes before every other expansion
//! and looks at unquoted text only, which is why it works on parts.

use super::tree::{Part, Word};

/// More words than this are not built: the word is then returned as it is, with `false`.
const MOST: usize = 256;

/// Each opening brace looks through the rest of the word for its end, so only so many may look in vain.
const MOST_TRIES: u32 = 48;

/// The words that a word expands to, and whether that is all of them.
pub fn expand(word: &Word) -> (Vec<Word>, bool) {
    let live = word.parts.iter().any(|part| matches!(part, Part::Plain(text) if text.contains('{')));
    if !live {
        return (vec![word.clone()], true);
    }
    let mut whole = true;
    let words = split(&word.parts, &mut whole, 0);
    if let [only] = words.as_slice()
        && braces(only) == braces(&word.parts)
    {
        return (vec![word.clone()], whole);
    }
    (words.into_iter().map(|parts| Word { parts, span: None }).collect(), whole)
}

fn braces(parts: &[Part]) -> usize {
    parts.iter().map(|part| if let Part::Plain(text) = part { text.matches('{').count() } else { 0 }).sum()
}

/// A part, or one unquoted letter.
#[derive(Clone)]
enum Item {
    Letter(char),
    Part(Part),
}

fn split(parts: &[Part], whole: &mut bool, depth: u32) -> Vec<Vec<Part>> {
    let mut items = Vec::new();
    for part in parts {
        match part {
            Part::Plain(text) => items.extend(text.chars().map(Item::Letter)),
            other => items.push(Item::Part(other.clone())),
        }
    }
    items_to_words(&items, whole, depth).into_iter().map(|items| join(&items)).collect()
}

fn items_to_words(items: &[Item], whole: &mut bool, depth: u32) -> Vec<Vec<Item>> {
    let mut from = 0;
    let mut tries = 0;
    while let Some(open) = (from..items.len()).find(|at| is(&items[*at], '{')) {
        from = open + 1;
        tries += 1;
        if tries > MOST_TRIES {
            *whole = false;
            return vec![items.to_vec()];
        }
        let Some((close, commas)) = closing(items, open) else { continue };
        let inside = &items[open + 1..close];
        let choices: Vec<Vec<Item>> = if commas.is_empty() {
            match range(inside) {
                Some(choices) => choices,
                None => continue,
            }
        } else {
            let mut choices = Vec::new();
            let mut start = open + 1;
            for end in commas.into_iter().chain([close]) {
                choices.push(items[start..end].to_vec());
                start = end + 1;
            }
            choices
        };
        if depth > 16 || choices.len() > MOST {
            *whole = false;
            return vec![items.to_vec()];
        }
        let tails = items_to_words(&items[close + 1..], whole, depth + 1);
        let mut words = Vec::new();
        for choice in &choices {
            for middle in items_to_words(choice, whole, depth + 1) {
                for tail in &tails {
                    if words.len() >= MOST {
                        *whole = false;
                        return words;
                    }
                    words.push([&items[..open], &middle, tail].concat());
                }
            }
        }
        return words;
    }
    vec![items.to_vec()]
}

/// The matching brace and the commas of this level.
fn closing(items: &[Item], open: usize) -> Option<(usize, Vec<usize>)> {
    let mut depth = 0;
    let mut commas = Vec::new();
    for (at, item) in items.iter().enumerate().skip(open) {
        match item {
            Item::Letter('{') => depth += 1,
            Item::Letter('}') => {
                depth -= 1;
                if depth == 0 {
                    return Some((at, commas));
                }
            }
            Item::Letter(',') if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    None
}

/// `1..3` or `a..c`.
fn range(inside: &[Item]) -> Option<Vec<Vec<Item>>> {
    let text: String = inside.iter().map(|item| if let Item::Letter(letter) = item { *letter } else { '\0' }).collect();
    let (from, to) = text.split_once("..")?;
    let (to, step) = to.split_once("..").map_or((to, 1), |(to, step)| (to, step.parse::<i64>().unwrap_or(1)));
    let step = step.unsigned_abs().clamp(1, 1 << 20);
    let number = |text: &str| text.parse::<i64>().ok();
    let letter = |text: &str| {
        let mut letters = text.chars();
        letters.next().filter(|first| first.is_ascii_alphabetic() && letters.next().is_none())
    };
    let spell = |text: String| text.chars().map(Item::Letter).collect::<Vec<_>>();
    if let (Some(from), Some(to)) = (number(from), number(to)) {
        let count = usize::try_from(from.abs_diff(to) / step).ok()?.min(MOST) + 1;
        let signed = i64::try_from(step).ok()? * if to < from { -1 } else { 1 };
        return Some((0..count).map(|n| spell((from + signed * i64::try_from(n).unwrap_or(0)).to_string())).collect());
    }
    let (from, to) = (letter(from)?, letter(to)?);
    let (low, high) = (u32::from(from.min(to)), u32::from(from.max(to)));
    let mut letters: Vec<Vec<Item>> = (low..=high)
        .step_by(usize::try_from(step).ok()?)
        .filter_map(char::from_u32)
        .map(|letter| spell(letter.to_string()))
        .collect();
    if from > to {
        letters.reverse();
    }
    Some(letters)
}

fn is(item: &Item, letter: char) -> bool {
    matches!(item, Item::Letter(found) if *found == letter)
}

fn join(items: &[Item]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for item in items {
        match item {
            Item::Letter(letter) => match parts.last_mut() {
                Some(Part::Plain(text)) => text.push(*letter),
                _ => parts.push(Part::Plain(letter.to_string())),
            },
            Item::Part(part) => parts.push(part.clone()),
        }
    }
    parts
}
