//! Spans of time as people write and read them: `14d`, `12h`, `2 weeks`, `now`.

/// Seconds in a span of `text`: a number with a unit from seconds to years, `never` (`None`), or `now` (0).
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<Option<u64>, String> {
    let text = text.trim().to_lowercase();
    let text = text.strip_suffix("ago").unwrap_or(&text).trim_end_matches(['.', ' ']);
    match text {
        "never" | "false" => return Ok(None),
        "now" | "all" | "0" => return Ok(Some(0)),
        _ => {}
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number: u64 =
        text[..digits].parse().map_err(|_| format!("'{text}' is not a span of time such as 14d, 12h or 2.weeks"))?;
    let unit = match text[digits..].trim_matches(['.', ' ']) {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3600,
        "" | "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 7 * 86_400,
        "month" | "months" => 30 * 86_400,
        "y" | "year" | "years" => 365 * 86_400,
        other => return Err(format!("'{other}' is not a unit of time: use s, m, h, d, w, months or years")),
    };
    Ok(Some(number.saturating_mul(unit)))
}

/// A span in one short word: `5s`, `12m`, `3h`, `9d`, `6w`, `2y`.
pub fn short(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..172_800 => format!("{}h", seconds / 3600),
        172_800..5_184_000 => format!("{}d", seconds / 86_400),
        5_184_000..63_072_000 => format!("{}w", seconds / (7 * 86_400)),
        _ => format!("{}y", seconds / (365 * 86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, expected) in [
            ("14d", Some(1_209_600)),
            ("14", Some(1_209_600)),
            ("2.weeks", Some(1_209_600)),
            ("2 weeks ago", Some(1_209_600)),
            ("12h", Some(43_200)),
            ("90s", Some(90)),
            ("now", Some(0)),
            ("never", None),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
        for text in ["", "x", "3 fortnights", "-1d"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn short_words() {
        for (seconds, word) in
            [(0, "0s"), (59, "59s"), (60, "1m"), (7200, "2h"), (172_800, "2d"), (5_184_000, "8w"), (70_000_000, "2y")]
        {
            assert_eq!(short(seconds), word);
        }
    }
}
