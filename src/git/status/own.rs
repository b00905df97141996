//! Puts the parts together for one worktree.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use gix::glob::pattern::Case;
use gix::index::State;
use rustix::fs::{Mode, OFlags};

use super::content::Contents;
use super::folder::Pool;
use super::head::Trees;
use super::ignores::{Global, Ignores, Rules};
use super::settings::Settings;
use super::stat::Written;
use super::walk::Walk;
use super::{Beyond, Options, Place, Status, staged};

/// What is kept from worktree to worktree.
#[derive(Default)]
pub(super) struct Own {
    trees: Trees,
    pool: Pool,
    /// The bytes of the index.
    buffer: Vec<u8>,
    /// The global ignore rules, and the user's file that they came from.
    global: Option<(Option<PathBuf>, Global)>,
}

impl Own {
    /// The status of the worktree at `place` of `repo`, or why git has to be asked.
    pub(super) fn status(
        &mut self,
        repo: &gix::Repository,
        settings: &Settings,
        place: Place<'_>,
        options: Options,
    ) -> Result<Status, Beyond> {
        let (index, written) = self.index(&place.git_dir.join("index"), repo.object_hash())?;
        if index.is_sparse() || index.link().is_some() {
            return Err(Beyond("the index is sparse or split"));
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(place.root, flags, Mode::empty());
        let root = root.map_err(|_| Beyond("the worktree cannot be opened"))?;
        let head = self.trees.of_head(repo, place)?;
        let staged = staged::count(&repo.objects, &index, head)?;

        let global = self.global(repo, settings)?;
        let case = if settings.ignore_case { Case::Fold } else { Case::Sensitive };
        let look = settings.look(options.untracked);
        let mut walk = Walk {
            place,
            index: &index,
            written,
            settings,
            options,
            look,
            ignores: Ignores::new(root.as_fd(), &repo.objects, global, case),
            contents: Contents::new(place.root, &index, settings),
            pool: &mut self.pool,
            path: Vec::with_capacity(256),
            status: Status::default(),
            trusts_nanoseconds: false,
            attributes_differ: false,
        };
        walk.folder(root.as_fd(), index.entries())?;
        walk.require_same_attributes()?;
        let mut status = walk.status;
        status.counts.staged = staged;
        status.untracked.sort();
        status.ignored.sort();
        Ok(status)
    }

    /// Reads the index at `path`; one that is not there is empty. Its checksum is not verified: git does not do that
    /// either, and a damaged index shows itself in what it says.
    fn index(&mut self, path: &Path, hash: gix::hash::Kind) -> Result<(State, Written), Beyond> {
        let unreadable = Beyond("the index cannot be read");
        let empty = State::new(hash);
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok((empty, Written::default())),
            Err(_) => return Err(unreadable),
        };
        let meta = file.metadata().map_err(|_| unreadable)?;
        self.buffer.clear();
        self.buffer.reserve(usize::try_from(meta.len()).unwrap_or_default() + 1);
        file.read_to_end(&mut self.buffer).map_err(|_| unreadable)?;
        let one_thread = gix::index::decode::Options { thread_limit: Some(1), ..Default::default() };
        let decoded = State::from_bytes(&self.buffer, empty.timestamp(), hash, one_thread);
        let (state, _) = decoded.map_err(|_| unreadable)?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the index keeps the low 32 bits of times"
        )]
        let written = Written { seconds: meta.mtime() as u32, nanoseconds: meta.mtime_nsec() as u32 };
        Ok((state, written))
    }

    fn global(&mut self, repo: &gix::Repository, settings: &Settings) -> Result<Global, Beyond> {
        if let Some((file, global)) = &self.global
            && *file == settings.excludes_file
        {
            return Ok(Rc::clone(global));
        }
        let of_user = settings.excludes_file.as_deref().map(Rules::read).transpose()?.unwrap_or_default();
        let of_repository = Rules::read(&repo.common_dir().join("info/exclude"))?;
        let global = Rc::new([of_repository, of_user]);
        self.global = Some((settings.excludes_file.clone(), Rc::clone(&global)));
        Ok(global)
    }
}
