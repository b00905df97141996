//! One line of the list, and its JSON.

use serde_json::{Map, Value, json};

use crate::agent::Agent;
use crate::agent::activity::{self, State};
use crate::git::repo::{Head, Repo};
use crate::git::status::Counts;
use crate::policy::ports::Service;
use crate::policy::removal::Merged;
use crate::provision::ports;
use crate::provision::record::Record;
use crate::store;

/// How far a branch is from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Against {
    /// The other one, as people call it.
    pub name: String,
    /// Commits that only the branch has.
    pub ahead: usize,
    /// Commits that only the other one has.
    pub behind: usize,
}

/// What is known of one worktree; what takes longer is filled in later.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub agent: Agent,
    pub name: String,
    pub state: State,
    /// How far it is ready; `None` if it needed nothing.
    pub provision: Option<Record>,
    /// Its ports, by service.
    pub ports: Vec<(String, u16)>,
    /// The first line of its client's last message.
    pub message: Option<String>,
    pub base: Option<Against>,
    pub upstream: Option<Against>,
    pub merged: Option<Merged>,
    /// When HEAD was committed: seconds since 1970.
    pub committed: Option<i64>,
    pub counts: Option<Counts>,
    /// What is wrong, and the remedy.
    pub problem: Option<(String, String)>,
}

impl Row {
    pub fn new(agent: Agent) -> Self {
        let problem = agent.tree.problem.as_ref().map(|problem| (problem.what.clone(), problem.remedy.clone()));
        let damage = agent.damage.as_ref().map(|damage| {
            let remedy = format!("rm '{}'", agent.tree.admin.join(crate::agent::record::FILE).display());
            (damage.lines().next().unwrap_or_default().to_owned(), remedy)
        });
        let (state, message) = activity::state(&agent.tree.admin);
        Self {
            name: agent.name(),
            state,
            message,
            // A damaged record counts as none: it is only a report.
            provision: Record::load(&agent.tree.admin).ok().flatten(),
            ports: Vec::new(),
            base: None,
            upstream: None,
            merged: None,
            committed: None,
            counts: None,
            problem: problem.or(damage),
            agent,
        }
    }

    /// Fills in the ports of the services that are configured. Leases none.
    #[must_use]
    pub fn with_ports(self, repo: &Repo, services: &[Service]) -> Self {
        if services.is_empty() {
            return self;
        }
        let held = ports::held(repo, &self.agent).into_iter();
        let ports = held.filter(|(name, _)| services.iter().any(|service| service.name == *name)).collect();
        Self { ports, ..self }
    }

    /// Whether git-agent neither made nor took in the worktree.
    pub fn is_foreign(&self) -> bool {
        self.agent.record.is_none() && self.agent.damage.is_none()
    }

    pub fn task(&self) -> &str {
        self.agent.record.as_ref().and_then(|record| record.task.as_deref()).unwrap_or_default()
    }

    /// The branch, or the commit of a detached HEAD.
    pub fn head(&self) -> String {
        match &self.agent.tree.head {
            Head::Branch(name) => name.clone(),
            Head::Detached(id) => format!("({})", id.to_hex_with_len(10)),
            Head::Broken(_) => "?".to_owned(),
        }
    }

    pub fn json(&self) -> Value {
        let against = |against: &Option<Against>| {
            against
                .as_ref()
                .map(|against| json!({ "name": against.name, "ahead": against.ahead, "behind": against.behind }))
        };
        let record = self.agent.record.as_ref();
        json!({
            "name": self.name,
            "foreign": self.is_foreign(),
            "path": store::json_path(&self.agent.tree.path),
            "branch": self.agent.tree.branch(),
            "detached": matches!(self.agent.tree.head, Head::Detached(_)),
            "state": state_word(&self.state),
            "message": self.message,
            "exitCode": if let State::Exited(code) = self.state { Some(code) } else { None },
            "provision": self.provision.as_ref().map(|provision| json!({
                "state": provision.now().word(),
                "failed": provision.failed().map(|step| &step.step),
            })),
            "ports": self.ports.iter().map(|(service, port)| (service.clone(), json!(port))).collect::<Map<_, _>>(),
            "task": record.and_then(|record| record.task.as_deref()),
            "profile": record.and_then(|record| record.profile.as_deref()),
            "created": record.map(|record| record.created),
            "status": self.counts.map(|counts| json!({
                "staged": counts.staged, "changed": counts.changed,
                "untracked": counts.untracked, "conflicted": counts.conflicted,
            })),
            "base": against(&self.base),
            "upstream": against(&self.upstream),
            "merged": self.merged.map(Merged::word),
            "committed": self.committed,
            "locked": self.agent.tree.locked,
            "problem": self.problem.as_ref().map(|(what, remedy)| json!({ "what": what, "remedy": remedy })),
        })
    }
}

fn state_word(state: &State) -> String {
    match state {
        State::None => "none".to_owned(),
        State::Exited(_) => "exited".to_owned(),
        other => other.text(),
    }
}
