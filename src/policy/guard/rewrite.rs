//! Changes to the user's text: bytes that are put in or replaced, and nothing else.

use crate::policy::guard::verdict::Decision;
use crate::policy::guard::walk::Walker;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) text: String,
}

impl Walker<'_> {
    /// The text with all changes, or what else they come to.
    pub(crate) fn rewritten(&mut self) -> Decision {
        let mut edits = std::mem::take(&mut self.edits);
        edits.sort_by_key(|edit| (edit.from, edit.to));
        edits.dedup();
        // The same words pushed in two different ways: no one text is right for both.
        if edits.windows(2).any(|pair| pair[1].from < pair[0].to || pair[1].from == pair[0].from) {
            return Decision::Allow;
        }
        if edits.is_empty() {
            return Decision::Allow;
        }
        let mut text = self.source.to_owned();
        for edit in edits.iter().rev() {
            if edit.to > text.len() || !text.is_char_boundary(edit.from) || !text.is_char_boundary(edit.to) {
                return Decision::Allow;
            }
            text.replace_range(edit.from..edit.to, &edit.text);
        }
        Decision::Rewrite(text)
    }
}
