//! `git agent list`

mod render;
mod row;
mod survey;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Duration;

use crate::cli::List;
use crate::config::Config;
use crate::error::Result;
use crate::git::repo::Repo;
use crate::policy::name::natural_order;
use crate::provision::ports;
use crate::report::{self, Outcome, document};
use crate::{agent, environment};
use row::Row;

/// How often `--watch` looks again.
const INTERVAL: Duration = Duration::from_secs(2);

pub(super) fn run(args: &List, quiet: bool) -> Result<Outcome> {
    let repo = super::open(quiet)?;
    if args.watch {
        return watch(&repo, args);
    }
    let terminal = std::io::stdout().is_terminal();
    let rows = if terminal && !args.json { filling_in(&repo, args)? } else { survey(&repo, args, &mut |_| {})? };
    if rows.is_empty() && !args.json {
        report::note(quiet, "no agents yet: git agent spawn NAME");
        return Ok(Outcome::default());
    }
    if args.json {
        let agents = rows.iter().map(Row::json).collect::<Vec<_>>();
        return Ok(Outcome::default().or_json(true, || document("list", serde_json::json!({ "agents": agents }))));
    }
    Ok(if terminal {
        Outcome::default()
    } else {
        Outcome::text(render::table(&rows, repo.root(), None, false).join("\n"))
    })
}

/// All rows; `progress` sees them after each step.
fn survey(repo: &Repo, args: &List, progress: &mut dyn FnMut(&[Row])) -> Result<Vec<Row>> {
    // A wrong setting is told where something can be done about it.
    let services = Config::load(repo).and_then(|config| ports::services(&config)).unwrap_or_default();
    let agents = agent::all(repo)?.into_iter();
    let mut rows: Vec<Row> = agents.map(|agent| Row::new(agent).with_ports(repo, &services)).collect();
    survey::history(repo, &mut rows);
    rows.sort_by(|left, right| natural_order(&left.name, &right.name));
    progress(&rows);
    if !args.no_status {
        survey::status(repo, &mut rows, progress);
    }
    Ok(rows)
}

/// On a terminal: the rows appear at once, and the counts as they are found.
fn filling_in(repo: &Repo, args: &List) -> Result<Vec<Row>> {
    let mut screen = Screen { root: repo.root().to_owned(), drawn: 0, last: None };
    let rows = survey(repo, args, &mut |rows| screen.show(rows))?;
    screen.finish(&rows);
    Ok(rows)
}

fn watch(repo: &Repo, args: &List) -> Result<Outcome> {
    loop {
        let rows = survey(repo, args, &mut |_| {})?;
        let lines = render::table(&rows, repo.root(), terminal_width(), report::is_coloured(&std::io::stdout()));
        let mut out = std::io::stdout().lock();
        // Home, the lines with the rest of each cleared, then the rest of the screen: no flicker of a blank screen.
        let body: String = lines.iter().take(terminal_height()).map(|line| format!("{line}\x1b[K\r\n")).collect();
        if write!(out, "\x1b[H{body}\x1b[J").and_then(|()| out.flush()).is_err() {
            return Ok(Outcome::default());
        }
        drop(out);
        std::thread::sleep(INTERVAL);
    }
}

/// The table on the terminal, drawn again in place.
struct Screen {
    root: PathBuf,
    drawn: usize,
    last: Option<std::time::Instant>,
}

impl Screen {
    /// Draws the rows unless that was done a moment ago.
    fn show(&mut self, rows: &[Row]) {
        let recent = self.last.is_some_and(|last| last.elapsed() < Duration::from_millis(40));
        // More rows than the screen holds cannot be redrawn in place: they are printed once, when all is known.
        if !recent && !rows.is_empty() && rows.len() + 1 < terminal_height() {
            self.draw(rows);
            self.last = Some(std::time::Instant::now());
        }
    }

    fn finish(&mut self, rows: &[Row]) {
        if !rows.is_empty() {
            self.draw(rows);
        }
    }

    fn draw(&mut self, rows: &[Row]) {
        let lines = render::table(rows, &self.root, terminal_width(), report::is_coloured(&std::io::stdout()));
        let up = if self.drawn > 0 { format!("\x1b[{}A", self.drawn) } else { String::new() };
        let body: String = lines.iter().map(|line| format!("{line}\x1b[K\n")).collect();
        let mut out = std::io::stdout().lock();
        // A terminal that went away has no reader to tell.
        write!(out, "{up}{body}").and_then(|()| out.flush()).ok();
        self.drawn = lines.len();
    }
}

fn terminal_width() -> Option<usize> {
    let columns = environment::var("COLUMNS").and_then(|text| text.to_str()?.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}

fn terminal_height() -> usize {
    terminal_size::terminal_size().map_or(usize::MAX, |(_, height)| usize::from(height.0))
}
