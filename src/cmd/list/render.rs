//! The list as a table.

use std::path::Path;

use super::row::{Against, Row};
use crate::agent::activity::State;
use crate::git::status::Counts;
use crate::journal::now;
use crate::policy::age;
use crate::provision::record::State as Readiness;
use crate::report::table::{self, Cell, Column};

const COLUMNS: [Column; 9] = [
    Column { title: "NAME", least: 8, optional: false },
    Column { title: "STATE", least: 9, optional: false },
    Column { title: "BRANCH", least: 8, optional: true },
    Column { title: "CHANGES", least: 8, optional: false },
    Column { title: "BASE", least: 6, optional: false },
    Column { title: "UPSTREAM", least: 8, optional: true },
    Column { title: "AGE", least: 3, optional: false },
    Column { title: "TASK", least: 8, optional: true },
    Column { title: "PATH", least: 12, optional: true },
];

const GREEN: &str = "32";
const YELLOW: &str = "33";
const RED: &str = "31";
const DIM: &str = "2";

/// The lines of the table, heading first, and below it what is wrong with broken worktrees. On a terminal of `width`
/// paths below `root` are shown from there.
pub(super) fn table(rows: &[Row], root: &Path, width: Option<usize>, colours: bool) -> Vec<String> {
    let near = |path: &'_ Path| {
        width.and_then(|_| path.strip_prefix(root).ok().map(Path::to_owned)).unwrap_or_else(|| path.to_owned())
    };
    let cells: Vec<Vec<Cell>> = rows.iter().map(|row| cells(row, &near(&row.agent.tree.path))).collect();
    let mut lines = table::render(&COLUMNS, &cells, width, colours);
    for row in rows {
        if let Some((what, remedy)) = &row.problem {
            let text = format!("{}: {what}; {remedy}", row.name);
            lines.push(table::cut(&text, width.unwrap_or(usize::MAX)));
        }
    }
    lines
}

fn cells(row: &Row, path: &Path) -> Vec<Cell> {
    let same = row.head() == row.name;
    vec![
        Cell::plain(row.name.clone()),
        state(row),
        if same { Cell::coloured("=", DIM) } else { Cell::plain(row.head()) },
        row.counts.map_or_else(|| Cell::coloured(if row.problem.is_some() { "?" } else { "·" }, DIM), changes),
        base(row),
        row.upstream.as_ref().map_or_else(|| Cell::coloured("-", DIM), |upstream| Cell::plain(arrows(upstream))),
        Cell::coloured(
            row.committed
                .map(|time| age::short(now().saturating_sub(u64::try_from(time).unwrap_or(0))))
                .unwrap_or_default(),
            DIM,
        ),
        match row.task().lines().next() {
            Some(task) => Cell::plain(task),
            None => Cell::coloured(row.message.clone().unwrap_or_default(), DIM),
        },
        Cell::coloured(path.display().to_string(), DIM),
    ]
}

fn state(row: &Row) -> Cell {
    if row.problem.is_some() {
        return Cell::coloured("broken", RED);
    }
    if let (State::None, Some(provision)) = (&row.state, &row.provision) {
        match provision.now() {
            Readiness::Running => return Cell::coloured("preparing", YELLOW),
            Readiness::Failed | Readiness::Interrupted => return Cell::coloured("unready", RED),
            Readiness::Done => {}
        }
    }
    match &row.state {
        State::None if row.is_foreign() => Cell::coloured("foreign", DIM),
        State::None => Cell::coloured("-", DIM),
        State::Running => Cell::coloured("running", GREEN),
        State::Exited(0) => Cell::plain("exited 0"),
        State::Exited(_) | State::Lost => Cell::coloured(row.state.text(), RED),
        State::Reported(word) if word == "waiting" => Cell::coloured(word.clone(), YELLOW),
        State::Reported(word) => Cell::coloured(word.clone(), GREEN),
    }
}

/// As git's own prompt does it: `+` staged, `~` changed, `?` untracked, `!` in conflict.
fn changes(counts: Counts) -> Cell {
    let signs = [('!', counts.conflicted), ('+', counts.staged), ('~', counts.changed), ('?', counts.untracked)];
    let parts: Vec<String> =
        signs.iter().filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign}{count}")).collect();
    if parts.is_empty() {
        return Cell::coloured("clean", DIM);
    }
    Cell::coloured(parts.join(" "), if counts.conflicted > 0 { RED } else { YELLOW })
}

fn base(row: &Row) -> Cell {
    let Some(base) = &row.base else { return Cell::coloured("-", DIM) };
    match row.merged {
        Some(_) => Cell::coloured("merged", GREEN),
        None => Cell::plain(arrows(base)),
    }
}

fn arrows(against: &Against) -> String {
    match (against.ahead, against.behind) {
        (0, 0) => "=".to_owned(),
        (ahead, 0) => format!("↑{ahead}"),
        (0, behind) => format!("↓{behind}"),
        (ahead, behind) => format!("↑{ahead} ↓{behind}"),
    }
}
