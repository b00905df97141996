//! Ports of an agent: one for each service of the repository, leased from a list of the whole machine, so that two agents
//! of any repositories never have the same one.
//!
//! `ports.json` in the user's state folder is the list; `agent-ports.json` in the worktree's git directory says what the
//! agent has. A lease lives as long as that file names its port: it dies with the worktree, and comes back with it from
//! the trash if nobody took the port meanwhile. Both are written under the list's lock, the list first, so that a kill
//! in between leaves a dead lease and never a port without one.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::agent::Agent;
use crate::config::Config;
use crate::config::section::{self, Entry};
use crate::error::{Error, Kind, Result};
use crate::git::repo::Repo;
use crate::policy::ports::{self, Service};
use crate::policy::variable::{self, Value};
use crate::{journal, machine, store};

/// What an agent has: in its git directory, so that it goes into the trash and comes back with it.
const FILE: &str = "agent-ports.json";

/// All leases of the machine.
const TABLE: &str = "ports.json";

/// How long a lease is kept whose repository cannot be found: it may be on a disk that is not mounted, or have been moved.
const LOST: u64 = 30 * 24 * 60 * 60;

/// A service with its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    /// The service.
    pub service: Service,
    /// Its port.
    pub port: u16,
}

/// One entry of the machine's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lease {
    port: u16,
    /// The directory that all worktrees of the repository share.
    repository: PathBuf,
    /// The worktree's name in `.git/worktrees/`.
    worktree: String,
    agent: String,
    service: String,
    /// When it was taken: seconds since 1970.
    since: u64,
    /// When its repository was last seen.
    seen: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Table {
    version: u32,
    leases: Vec<Lease>,
}

/// What one agent has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    version: u32,
    /// The repository that it was leased for: a copy of it has the same files, and must have other ports.
    repository: PathBuf,
    ports: Vec<(String, u16)>,
}

impl Own {
    /// The port that it has for the service; none that is outside of the service's thousand, whose base was changed.
    fn port(&self, service: &Service) -> Option<u16> {
        let found = self.ports.iter().find(|(name, _)| *name == service.name);
        found.map(|(_, port)| *port).filter(|&port| ports::is_within(service.base, port))
    }
}

/// The services that are configured.
///
/// # Errors
/// When one of them has no base, or one that cannot be, or a variable that must not be set.
pub fn services(config: &Config) -> Result<Vec<Service>> {
    section::grouped(config.section("agent-port")).into_iter().map(|(name, entries)| service(name, &entries)).collect()
}

fn service(name: String, entries: &[Entry]) -> Result<Service> {
    if !ports::is_service(&name) {
        let what = if name.is_empty() {
            "[agent-port] names no service: each has a section of its own".to_owned()
        } else {
            format!("'{name}' cannot name a service: it takes letters, digits, dashes and underscores")
        };
        // Nothing that is added helps: the section must be called otherwise.
        let is_team = entries.iter().any(|entry| entry.team);
        let place = if is_team { "--file .gitagent " } else { "" };
        let section = if name.is_empty() { "agent-port".to_owned() } else { format!("agent-port.{name}") };
        let section = crate::agent::shell_word(&section);
        return Err(
            Error::new(Kind::Usage, what).hint(format!("git config {place}--rename-section {section} agent-port.web"))
        );
    }
    let wrong = |what: String, key: &str, example: &str| {
        Error::new(Kind::Usage, what).hint(format!("git config agent-port.{name}.{key} {example}"))
    };
    let Some(base) = section::last(entries, "base") else {
        return Err(wrong(format!("the service '{name}' has no base"), "base", "3000"));
    };
    let base = ports::base(&base.value)
        .map_err(|rule| wrong(format!("agent-port.{name}.base is '{}'", base.value), "base", "3000").because(rule))?;
    let usual = ports::variable(&name);
    let (variable, is_team) = match section::last(entries, "env") {
        None => (usual.clone(), false),
        Some(entry) => (entry.value.clone(), entry.team),
    };
    let refuse = |what: &str| {
        Err(wrong(
            format!("agent-port.{name}.env is '{variable}': {what}"),
            "env",
            if variable == usual { "PORT" } else { &usual },
        ))
    };
    if !variable::is_valid(&variable) {
        return refuse("it takes letters, digits and underscores");
    }
    if variable::is_ours(&variable) || variable::is_dangerous(&variable) {
        return refuse("a port has no place in a variable that programs and shells obey");
    }
    if is_team && !variable::may_hold(Value::Port, &variable) {
        return refuse(".gitagent may choose PORT or a name that ends in _PORT: others a program may obey");
    }
    Ok(Service { name, base, variable })
}

/// The ports of an agent: those that it has, and new ones for the services that have none yet.
///
/// # Errors
/// When a service is configured wrongly, a thousand ports are all taken, or the state cannot be written.
pub fn lease(repo: &Repo, config: &Config, agent: &Agent) -> Result<Vec<Leased>> {
    let services = services(config)?;
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let own = own(agent).filter(|own| own.repository == repo.common()).unwrap_or_default();
    // Read without the lock: the file is always whole, and what it says of this agent only this agent changes.
    let table: Table = table(&machine::folder()?.join(TABLE))?;
    let has = |service: &Service| {
        let port = own.port(service)?;
        table.leases.iter().any(|lease| lease.port == port && is_of(lease, repo, agent, service)).then_some(port)
    };
    let ports: Option<Vec<u16>> = services.iter().map(has).collect();
    match ports {
        Some(ports) => Ok(services.into_iter().zip(ports).map(|(service, port)| Leased { service, port }).collect()),
        None => take(repo, agent, services),
    }
}

/// Takes what is missing, under the lock of the list.
fn take(repo: &Repo, agent: &Agent, services: Vec<Service>) -> Result<Vec<Leased>> {
    let guarded = machine::locked(TABLE)?;
    let mut table: Table = table(&guarded.path)?;
    let before = own(agent).unwrap_or_default();
    let now = journal::now();
    table.leases.retain_mut(|lease| is_alive(lease, now));
    let name = agent.name();
    let mut taken = Vec::new();
    for service in services {
        let wanted = before.port(&service);
        let mine = |lease: &Lease| is_of(lease, repo, agent, &service) || is_moved(lease, repo, agent, &service);
        // A port of our own may well be in use: by our own server.
        let kept = table.leases.iter().position(|lease| Some(lease.port) == wanted && mine(lease));
        let port = match kept {
            Some(at) => table.leases.swap_remove(at).port,
            None => {
                let held = |port: u16| table.leases.iter().any(|lease| lease.port == port);
                let mut candidates = wanted.into_iter().chain(ports::candidates(service.base, &name));
                candidates.find(|&port| !held(port) && is_free(port)).ok_or_else(|| exhausted(&service))?
            }
        };
        table.leases.retain(|lease| !mine(lease));
        table.leases.push(Lease {
            port,
            repository: repo.common().to_owned(),
            worktree: agent.tree.id.clone(),
            agent: name.clone(),
            service: service.name.clone(),
            since: now,
            seen: now,
        });
        taken.push(Leased { service, port });
    }
    table.version = 1;
    table.leases.sort_by_key(|lease| lease.port);
    store::write_json(&guarded.path, &table)?;
    let others = before.ports.into_iter().filter(|(name, _)| !taken.iter().any(|one| one.service.name == *name));
    let ports = others.chain(taken.iter().map(|one| (one.service.name.clone(), one.port))).collect();
    store::write_json(&agent.tree.admin.join(FILE), &Own { version: 1, repository: repo.common().to_owned(), ports })?;
    if let Some(folder) = guarded.path.parent() {
        store::sweep(folder)?;
    }
    Ok(taken)
}

/// What an agent has, as its own file says: service and port. Leases nothing.
pub fn held(repo: &Repo, agent: &Agent) -> Vec<(String, u16)> {
    own(agent).filter(|own| own.repository == repo.common()).map(|own| own.ports).unwrap_or_default()
}

/// Looks whether the list can be read.
///
/// # Errors
/// When it is damaged.
pub fn check_list() -> Result<()> {
    table(&machine::folder()?.join(TABLE)).map(drop)
}

/// Gives back what an agent has. It keeps its own file: the next lease asks for the same ports, and looks whether they are
/// free, as it must for an agent that comes back from the trash.
///
/// # Errors
/// When the state cannot be written.
pub fn release(repo: &Repo, agent: &Agent) -> Result<()> {
    if own(agent).is_none() {
        return Ok(());
    }
    let guarded = machine::locked(TABLE)?;
    let mut table: Table = table(&guarded.path)?;
    let now = journal::now();
    let mine = |lease: &Lease| lease.repository == repo.common() && lease.worktree == agent.tree.id;
    table.leases.retain_mut(|lease| is_alive(lease, now) && !mine(lease));
    store::write_json(&guarded.path, &table)
}

/// The list. A damaged one is not taken for empty: ports that others have would be given away.
fn table(path: &Path) -> Result<Table> {
    let read = store::read_json(path).map_err(|error| {
        let file = crate::agent::shell_word(&path.to_string_lossy());
        error
            .because(
                "without it, an agent gets its port again with 'git agent provision' unless another has it by then",
            )
            .hint(format!("mv {file} {file}.damaged"))
    });
    Ok(read?.unwrap_or_default())
}

fn own(agent: &Agent) -> Option<Own> {
    // A damaged file only costs the old numbers.
    store::read_json(&agent.tree.admin.join(FILE)).ok().flatten()
}

fn is_of(lease: &Lease, repo: &Repo, agent: &Agent, service: &Service) -> bool {
    lease.repository == repo.common() && lease.worktree == agent.tree.id && lease.service == service.name
}

/// Whether it was this agent's in the place where its repository was before.
fn is_moved(lease: &Lease, repo: &Repo, agent: &Agent, service: &Service) -> bool {
    lease.repository != repo.common()
        && !lease.repository.exists()
        && lease.worktree == agent.tree.id
        && lease.agent == agent.name()
        && lease.service == service.name
}

/// A lease lives as long as the worktree's own file names its port. One whose repository is nowhere to be found lives on
/// for a month: a disk may not be mounted.
fn is_alive(lease: &mut Lease, now: u64) -> bool {
    if !lease.repository.exists() {
        return now.saturating_sub(lease.seen) < LOST;
    }
    lease.seen = now;
    let file = lease.repository.join("worktrees").join(Path::new(&lease.worktree)).join(FILE);
    let own: Option<Own> = store::read_json(&file).ok().flatten();
    own.is_some_and(|own| {
        own.repository == lease.repository
            && own.ports.iter().any(|(name, port)| *name == lease.service && *port == lease.port)
    })
}

/// Whether nobody listens on the port, on any address. A system without IPv6 refuses those addresses for another reason.
fn is_free(port: u16) -> bool {
    let addresses: [SocketAddr; 4] = [
        (Ipv4Addr::LOCALHOST, port).into(),
        (Ipv6Addr::LOCALHOST, port).into(),
        (Ipv4Addr::UNSPECIFIED, port).into(),
        (Ipv6Addr::UNSPECIFIED, port).into(),
    ];
    addresses.iter().all(|address| {
        use std::io::ErrorKind::{AddrInUse, PermissionDenied};
        TcpListener::bind(address).err().is_none_or(|cause| !matches!(cause.kind(), AddrInUse | PermissionDenied))
    })
}

fn exhausted(service: &Service) -> Error {
    let last = service.base + (ports::SPAN - 1);
    Error::failed(format!("every port from {} to {last} is taken: '{}' gets none", service.base, service.name)).hint(
        format!("git config agent-port.{}.base {}", service.name, if service.base == 20000 { 30000 } else { 20000 }),
    )
}
