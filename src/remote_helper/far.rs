//! The other side: one that speaks git's own protocol, or another remote helper that leads there.

use std::io::StdinLock;

use super::relay::Relay;
use super::smart::Smart;
use crate::environment;
use crate::error::{Error, Kind, Result};
use crate::git::connect::{Connection, Helper};
use crate::policy::push::Config;
use crate::policy::strict::address::{self, Address};
use crate::policy::strict::{allowed, route};

/// Where this push goes.
pub struct Far {
    /// The remote as git named it: the URL where it has no name.
    pub remote: String,
    /// The URL without us.
    pub url: String,
    /// git wants all refs to move or none.
    pub atomic: bool,
    way: Way,
}

enum Way {
    Smart(Smart),
    Relay(Relay),
}

impl Far {
    /// Finds out which way leads to `address`. Nothing is connected to yet, except that another helper is started.
    ///
    /// # Errors
    /// When git would not go there, or no refs could be judged on the way.
    pub fn reach(remote: &str, address: &str, config: Config) -> Result<Self> {
        let url = route::real_url(&config, remote, address);
        let self_url = url.clone();
        let place = address::parse(&url).map_err(Error::failed)?;
        let text = |name: &str| environment::var(name).map(|value| value.to_string_lossy().into_owned());
        let (list, from_user) = (text("GIT_ALLOW_PROTOCOL"), text("GIT_PROTOCOL_FROM_USER"));
        if !allowed::allows(place.protocol(), &config, list.as_deref(), from_user.as_deref()) {
            return Err(Error::failed(format!("transport '{}' not allowed", place.protocol())));
        }
        let way = match &place {
            Address::Helper { name, url } => {
                let mut helper = Helper::start(name, remote, url)?;
                helper.say("capabilities\n")?;
                let capabilities = helper.lines()?;
                let can = |word: &str| capabilities.lines().any(|line| line.trim_start_matches('*') == word);
                if can("push") {
                    Way::Relay(Relay::new(helper, &capabilities))
                } else if can("connect") {
                    helper.say("connect git-receive-pack\n")?;
                    if helper.line()? != "\n" {
                        return Err(Error::failed(format!("git-remote-{name} does not connect to git-receive-pack")));
                    }
                    Way::Smart(Smart::over(Connection::over(helper), &self_url, config))
                } else {
                    helper.end();
                    let what = format!("agent.strict cannot see which refs 'git-remote-{name}' is given");
                    return Err(Error::new(Kind::Unsupported, what)
                        .because("it takes a stream of history in place of refs")
                        .hint("git config agent.strict false, then spawn again"));
                }
            }
            _ => Way::Smart(Smart::at(place, &url, config)),
        };
        Ok(Self { remote: remote.to_owned(), url, atomic: false, way })
    }

    /// The answer to `capabilities`.
    ///
    /// # Errors
    /// When the other side is gone, as with all that follows.
    pub fn capabilities(&mut self) -> Result<String> {
        Ok(match &mut self.way {
            Way::Smart(_) => "option\npush\nconnect\nobject-format\n\n".to_owned(),
            Way::Relay(relay) => relay.capabilities(),
        })
    }

    /// The answer to an option, which git wrote as `line`.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn option(&mut self, line: &str, name: &str, value: &str) -> Result<String> {
        self.atomic |= name == "atomic" && value == "true";
        match &mut self.way {
            Way::Smart(smart) => Ok(smart.option(name, value)),
            Way::Relay(relay) => relay.option(line),
        }
    }

    /// The answer to `list for-push`.
    ///
    /// # Errors
    /// When the other side cannot be reached or refuses.
    pub fn list(&mut self) -> Result<String> {
        match &mut self.way {
            Way::Smart(smart) => smart.list(),
            Way::Relay(relay) => relay.list(),
        }
    }

    /// Pushes. Returns a line for each ref.
    ///
    /// # Errors
    /// When the push breaks off.
    pub fn push(&mut self, specs: &[&crate::policy::strict::command::Spec]) -> Result<String> {
        match &mut self.way {
            Way::Smart(smart) => smart.push(specs),
            Way::Relay(relay) => relay.push(specs),
        }
    }

    /// Whatever git says for a fetch: the address of a push is fetched from where a URL is given by hand. `true` when the
    /// conversation is over.
    ///
    /// # Errors
    /// When the other side cannot be reached.
    pub fn fetch(&mut self, line: &str, input: &mut StdinLock<'_>) -> Result<bool> {
        match &mut self.way {
            Way::Smart(smart) => smart.fetch(line, input),
            Way::Relay(relay) => relay.fetch(line, input),
        }
    }

    /// Says goodbye.
    pub fn end(self) {
        match self.way {
            Way::Smart(smart) => smart.end(),
            Way::Relay(relay) => relay.end(),
        }
    }
}
