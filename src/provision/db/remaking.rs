//! Making a database anew: the old one goes only when the new one is there, wherever both can be at once.

use crate::error::Result;
use crate::provision::db::making::Making;
use crate::provision::db::postgres::Found;
use crate::provision::db::record::{Held, Place};
use crate::provision::db::spec::{Provider, Spec};
use crate::provision::db::{Done, dropping, neon, sqlite, target};
use crate::provision::{stage, trust};

impl Making<'_> {
    /// The source's data again, in the same place.
    pub fn reset(&self, spec: &Spec) -> Result<Done> {
        // Asked before anything goes: what may not be made again must stay.
        if spec.needs_trust && !trust::is_given(self.repo, self.config)? {
            return Err(dropping::untrusted());
        }
        let Some(before) = self.before(spec)?.filter(|before| before.complete) else { return self.create(spec) };
        match (&before.place, &spec.provider) {
            (Place::Neon { branch: Some(branch), project, .. }, Provider::Neon { .. }) => {
                neon::reset(self.site(), branch, project.as_deref())?;
                Ok(Done::Made)
            }
            (Place::Sqlite { .. }, Provider::Sqlite { .. }) => self.reset_file(spec, &before),
            (Place::Postgres { .. }, Provider::Postgres { .. }) => self.reset_on_server(spec, &before),
            _ => {
                // Two of one name cannot be there at once; that there is a source, and what makes it, is known at least.
                self.plan(spec)?;
                self.remove(&before)?;
                self.create(spec)
            }
        }
    }

    fn reset_file(&self, spec: &Spec, before: &Held) -> Result<Done> {
        let fresh = self.plan(spec)?;
        let (Place::Sqlite { path: old, copy, .. }, Place::Sqlite { path, .. }, Provider::Sqlite { source, .. }) =
            (&before.place, &fresh, &spec.provider)
        else {
            return Err(dropping::damaged());
        };
        let old_target = target(self.agent, &old.to_string_lossy())?;
        sqlite::check_ours(self.repo, self.agent, &old_target, copy.as_ref())?;
        if path != old {
            self.check_free(spec, &fresh)?;
        }
        let folder = Some(stage::draft_place(&self.agent.tree));
        let growing = Place::Sqlite { path: old.clone(), copy: copy.clone(), draft: folder.clone() };
        self.write(&Held { place: growing, ..before.clone() })?;
        let draft = match self.draft(source) {
            Ok(draft) => draft,
            Err(error) => {
                stage::clear_draft(&self.agent.tree)?;
                self.write(before)?;
                return Err(error);
            }
        };
        // While it is all there it is still the one that is on record, and killed in between its rest is known for one.
        let going = Place::Sqlite { path: old.clone(), copy: copy.clone(), draft: folder.clone() };
        self.write(&Held::begun(&spec.label, going))?;
        sqlite::remove(self.repo, self.agent, &old_target, copy.as_ref())?;
        let moved = Place::Sqlite { path: path.clone(), copy: sqlite::identity(&draft), draft: folder };
        self.write(&Held::begun(&spec.label, moved.clone()))?;
        sqlite::put(&draft, &target(self.agent, &path.to_string_lossy())?)?;
        stage::clear_draft(&self.agent.tree)?;
        let Place::Sqlite { path, copy, .. } = moved else { return Err(dropping::damaged()) };
        let place = Place::Sqlite { path, copy, draft: None };
        self.write(&Held { complete: true, ..Held::begun(&spec.label, place) })?;
        Ok(Done::Made)
    }

    /// The new one is made by another name, or on another server if that is where the source is now, and takes the old one's
    /// place when it is complete.
    fn reset_on_server(&self, spec: &Spec, before: &Held) -> Result<Done> {
        let found = dropping::on_server(self.repo, Some(spec), &before.place, self.site(), |server, recorded| {
            match server.find(recorded)? {
                Found::Unmarked | Found::Theirs => Err(server.unmarked(recorded)),
                found => Ok(found),
            }
        })
        .map_err(|error| dropping::or_forget(self.agent, before, error))?;
        if found == Found::Nothing {
            return self.create(spec);
        }
        let place = self.plan(spec)?;
        let fresh = self.aside(spec, &place, &before.place);
        self.settle(before)?;
        let before = &Held { beside: None, ..before.clone() };
        self.check_free(spec, &fresh)?;
        self.write(&Held { beside: Some(fresh.clone()), ..before.clone() })?;
        if let Err(failure) = self.copy_database(spec, &fresh) {
            let error = failure.error();
            return Err(match dropping::undo(self, &Held::begun(&spec.label, fresh)) {
                Ok(()) => self.write(before).err().unwrap_or(error),
                Err(second) => error.because(format!("and dropping what was made failed as well: {second}")),
            });
        }
        // From here on there may be none by its name.
        self.write(&Held { beside: Some(fresh.clone()), complete: false, ..before.clone() })?;
        dropping::on_server(self.repo, Some(spec), &before.place, self.site(), |server, recorded| {
            server.drop(recorded, false)
        })?;
        let place = self.move_in(spec, fresh, place)?;
        self.write(&Held { complete: true, ..Held::begun(&spec.label, place) })?;
        Ok(Done::Made)
    }

    /// The planned place, or one beside it if that is where the old one is: with the old one's mark, which is then right
    /// whichever of the two bears the name.
    fn aside(&self, spec: &Spec, planned: &Place, old: &Place) -> Place {
        let mut fresh = planned.clone();
        if let (
            Place::Postgres { name, server, mark, system },
            Place::Postgres { name: old_name, server: old_server, mark: old_mark, system: old_system },
        ) = (&mut fresh, old)
        {
            let is_same =
                if system.is_some() && old_system.is_some() { system == old_system } else { server == old_server };
            if is_same && name == old_name {
                *name = self.name(spec, old_name, "\0reset");
                mark.clone_from(old_mark);
            }
        }
        fresh
    }

    /// Gives a database that was made aside the name that was planned for it.
    fn move_in(&self, spec: &Spec, fresh: Place, planned: Place) -> Result<Place> {
        let (Some(now), Some(then)) = (fresh.recorded(), planned.recorded()) else { return Err(dropping::damaged()) };
        if now.name == then.name {
            return Ok(fresh);
        }
        dropping::on_server(self.repo, Some(spec), &fresh, self.site(), |server, recorded| {
            server.rename(recorded.name, then.name)
        })?;
        let (Place::Postgres { mark, server, system, .. }, Place::Postgres { name, .. }) = (fresh, planned) else {
            return Err(dropping::damaged());
        };
        Ok(Place::Postgres { name, server, mark, system })
    }
}
