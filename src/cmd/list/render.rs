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
    let mut cells: Vec<Vec<Cell>> = rows.iter().map(|row| cells(row, &near(&row.agent.tree.path))).collect();
    let mut columns = COLUMNS.to_vec();
    // Only where services are configured.
    if rows.iter().any(|row| !row.ports.is_empty()) {
        let at = columns.iter().position(|column| column.title == "AGE").unwrap_or(columns.len());
        columns.insert(at, Column { title: "PORTS", least: 5, optional: true });
        for (cells, row) in cells.iter_mut().zip(rows) {
            cells.insert(at, ports(row));
        }
    }
    let mut lines = table::render(&columns, &cells, width, colours);
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
    let unready = row.provision.as_ref().and_then(|provision| match provision.now() {
        Readiness::Running => Some(("preparing", YELLOW)),
        Readiness::Failed | Readiness::Interrupted => Some(("unready", RED)),
        Readiness::Done => None,
    });
    let does = match &row.state {
        State::None if row.is_foreign() => Cell::coloured("foreign", DIM),
        State::None => Cell::coloured("-", DIM),
        State::Running => Cell::coloured("running", GREEN),
        State::Exited(0) => Cell::plain("exited 0"),
        State::Exited(_) | State::Lost => Cell::coloured(row.state.text(), RED),
        State::Reported(word) if word == "waiting" => Cell::coloured(word.clone(), YELLOW),
        State::Reported(word) => Cell::coloured(word.clone(), GREEN),
    };
    match (unready, &row.state) {
        (None, _) => does,
        (Some((word, colour)), State::None) => Cell::coloured(word, colour),
        // Somebody works in what is not complete.
        (Some((word, colour)), _) => Cell::coloured(format!("{}, {word}", does.text), colour),
    }
}

/// `3425`, and with several services `api:8425 web:3425`.
fn ports(row: &Row) -> Cell {
    match row.ports.as_slice() {
        [] => Cell::coloured("-", DIM),
        [(_, port)] => Cell::plain(port.to_string()),
        several => {
            Cell::plain(several.iter().map(|(name, port)| format!("{name}:{port}")).collect::<Vec<_>>().join(" "))
        }
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
