//! Remotes in the formats from before there was configuration for them (gitrepository-layout(5), "remotes" and "branches").

/// The address and the refspecs for a push that a file `remotes/<name>` gives.
pub fn remotes(text: &str) -> (Option<String>, Vec<String>) {
    let values = |key: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned()).collect()
    };
    (values("URL:").into_iter().next(), values("Push:"))
}

/// The address and the refspec for a push that a file `branches/<name>` gives: what stands behind `#` is the branch, else the
/// branch that new repositories begin with.
pub fn branches(text: &str, default: &str) -> Option<(String, String)> {
    let line = text.lines().next()?.trim();
    let (url, branch) = line.split_once('#').unwrap_or((line, default));
    (!url.is_empty()).then(|| (url.to_owned(), format!("HEAD:refs/heads/{branch}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_remotes() {
        assert_eq!(
            remotes("URL: /r.git\nPush: HEAD:refs/heads/main\nPull: x\n"),
            (Some("/r.git".to_owned()), vec!["HEAD:refs/heads/main".to_owned()])
        );
        let pair = |url: &str, spec: &str| Some((url.to_owned(), spec.to_owned()));
        assert_eq!(branches("/r.git#main\n", "master"), pair("/r.git", "HEAD:refs/heads/main"));
        assert_eq!(branches(" /r.git\n", "master"), pair("/r.git", "HEAD:refs/heads/master"));
        assert_eq!(branches("\n", "master"), None);
    }
}
