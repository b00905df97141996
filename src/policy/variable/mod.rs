//! Names of environment variables: which are valid, which are ours, and which are known to be dangerous.

mod team;

pub use team::{Value, may_connect, may_hold, may_set};

/// Whether a text is a name that every shell can set: letters, digits and underscores, no digit first.
pub fn is_valid(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.len() <= 128
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Variables that git-agent alone sets, whoever asks.
pub fn is_ours(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.starts_with("GIT_AGENT") || name == "GIT_CONFIG_PARAMETERS"
}

/// Names and, with a star behind, whole families by their beginnings.
const DANGEROUS: &[&str] = &[
    // Loaders and the C library.
    "LD_* DYLD_* GCONV_* GLIBC_* MALLOC_* LIBPATH SHLIB_* _RLD* LOCPATH NLSPATH",
    // Shells.
    "BASH* ENV SHELL SHELLOPTS IFS PS4 PROMPT_COMMAND CDPATH ZDOTDIR FPATH FISH_* PSMODULE* COMSPEC PATHEXT PATH GLOBIGNORE",
    // Who and where the user is; what the desktop and the terminal start.
    "HOME USER LOGNAME USERPROFILE PWD OLDPWD TMP TEMP TMPDIR XDG_* APPDATA LOCALAPPDATA SYSTEMROOT WINDIR DBUS_* DISPLAY",
    "XAUTHORITY TERMINFO* TERMCAP SUDO_* TMUX*",
    // What other programs start: editors, pagers, browsers, helpers.
    "EDITOR VISUAL PAGER MANPAGER BROWSER LESS LESSOPEN LESSCLOSE LESSKEY* VIM* EXINIT EMACS* DELTA_* BAT_*",
    // Version control, keys, and hook managers.
    "GIT_* SSH* GPG* GNUPG* HUSKY* LEFTHOOK* PRE_COMMIT* HG HGRCPATH",
    // Agents' clients and forges: where they send what they know.
    "ANTHROPIC_* CLAUDE* OPENAI_* CODEX* GEMINI* GOOGLE_* COPILOT* OPENCODE* AIDER_* GITHUB_* GH_* GITLAB_* GLAB_* MCP_*",
    // Clouds and clusters.
    "AWS_* AZURE_* CLOUDSDK_* KUBE* DOCKER_* BUILDKIT_* BUILDX_* NEON_* VAULT_* TF_*",
    // Where traffic goes, and whom it trusts.
    "HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY SSL_* OPENSSL_* CURL_* WGETRC REQUESTS_CA* RES_OPTIONS HOSTALIASES",
    // Interpreters and their package managers.
    "NODE_* NPM_* YARN_* PNPM_* COREPACK_* BUN_* DENO_* VOLTA_* FNM_* NVM_* ELECTRON_* TS_NODE_* PYTHON* PIP_* UV_* POETRY_*",
    "PDM_* PYENV_* VIRTUAL_ENV* CONDA_* PERL* RUBY* GEM_* BUNDLE_* RBENV_* PHPRC PHP_INI* COMPOSER_* LUA_* R_* JULIA_* ERL_*",
    "ELIXIR_* MIX_* DIRENV_* MISE_* ASDF_* JAVA_* _JAVA* JDK_* CLASSPATH MAVEN_* MVN_* GRADLE_* ANT_* SBT_* KOTLIN_*",
    "DOTNET_* CORECLR_* COR_* COMPLUS_* NUGET_* ASPNETCORE_HOSTING*",
    // Compilers and build tools.
    "CARGO* RUST* CC CXX CPP AR AS LDFLAGS CFLAGS CXXFLAGS MAKE MAKEFLAGS MAKEFILES MFLAGS GNUMAKEFLAGS CMAKE_* NINJA_*",
    "PKG_CONFIG* CGO_* GOFLAGS GOROOT GOPATH GOPROXY GOENV GOTOOLCHAIN GOSUMDB GONOSUMDB GONOPROXY GOPRIVATE GOINSECURE GOBIN",
    "GOCACHE GOMODCACHE GOVCS GOAUTH GOWORK GODEBUG GOEXPERIMENT GOTMPDIR SWIFT_* SCCACHE* CCACHE* DISTCC* ESBUILD_* SASS_*",
    "SWC_* TURBO_* NX_* BAZEL* BUCK* JUST_* TASK_* HOMEBREW_* NIX_* ANSIBLE_* VAGRANT_* PACKER_* PULUMI_* HELM_* COMPOSE_*",
    "PODMAN_* CONTAINER* SKAFFOLD_*",
    // Test runners, browsers, notebooks.
    "PYTEST_* TOX_* NOX_* COVERAGE_* IPYTHON* JUPYTER_* JEST_* VITEST* PLAYWRIGHT_* PUPPETEER_* CHROME_* CYPRESS_* SELENIUM_*",
    "PRISMA_*",
    // Programs of the shell's user.
    "TAR_OPTIONS RSYNC_* CVS_* SVN_* FZF_* RIPGREP_* GREP_* LS_* SYSTEMD_* INPUTRC READLINE* SCREENRC ZELLIJ_* STARSHIP_*",
    // Models: where prompts go.
    "HF_* HUGGING* OLLAMA_* OPENROUTER_* MISTRAL_* LITELLM_* GROQ_* DEEPSEEK_* XAI_* COHERE_* TOGETHER_* LANGCHAIN_* LANGSMITH_*",
    // Places to deploy to.
    "CLOUDFLARE_* WRANGLER_* VERCEL_* NETLIFY_* FLY_* HEROKU_* RENDER_* SUPABASE_* SENTRY_* DIGITALOCEAN_* HCLOUD_*",
    // Clients of databases.
    "PSQL* PGSERVICE* PGSYSCONFDIR PGPASS* PGSSL* PGOPTIONS PGHOST* PGREQUIRE* PGCHANNEL* PGGSS* PGKRB* PGLOADBALANCE*",
    "PGTARGET* MYSQL_* MARIADB_* SQLITE_* REDISCLI_* MONGOSH_*",
];

/// Endings by which programs name what they start, read or load, and where they send things.
const DANGEROUS_ENDINGS: &str = "_RSH _SSH _SHELL _EDITOR _PAGER _BROWSER _VIEWER _OPTIONS _OPTS _FLAGS _ARGS _ADDOPTS _PLUGIN \
    _PLUGINS _BINARY _BINARY_PATH _BIN _EXECUTABLE _EXECUTABLE_PATH _EXE _COMMAND _CMD _PROGRAM _PRELOAD _HOOK _HOOKS _WRAPPER \
    _LAUNCHER _RUNNER _ASKPASS _CONFIG _CONFIG_PATH _CONFIG_FILE _CONFIG_DIR _CONFIG_HOME _RC _API_BASE _ENDPOINT _PROXY _MIRROR \
    _REGISTRY _INDEX_URL _CA_BUNDLE _CERT_FILE _HOME _PROJECT_NAME";

/// Members of those families that are harmless, and usual in an application's settings.
const HARMLESS: &str =
    "NODE_ENV PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONHASHSEED RUST_LOG RUST_BACKTRACE MIX_ENV";

/// Whether a variable is known to make programs start others, or send what they know elsewhere. Letter case does not count, as on Windows, and as for `http_proxy`.
pub fn is_dangerous(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    if HARMLESS.split(' ').any(|harmless| harmless == name) {
        return false;
    }
    if DANGEROUS_ENDINGS.split_whitespace().any(|ending| name.ends_with(ending)) {
        return true;
    }
    let mut listed = DANGEROUS.iter().flat_map(|line| line.split(' '));
    listed.any(|entry| entry.strip_suffix('*').map_or(name == entry, |family| name.starts_with(family)))
}

/// The name behind a key of `[agent-env]`, which git writes without underscores and reads without letter case:
/// `public-url` is `PUBLIC_URL`.
pub fn of_key(key: &str) -> String {
    key.to_ascii_uppercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_names() {
        for (name, expected) in [
            ("PORT", true),
            ("_x1", true),
            ("", false),
            ("1X", false),
            ("A-B", false),
            ("A=B", false),
            ("Ä", false),
            ("A B", false),
        ] {
            assert_eq!(is_valid(name), expected, "{name}");
        }
        assert!(is_ours("GIT_AGENT_PATH") && !is_ours("GITAGENT"));
        assert_eq!(of_key("next-public-url"), "NEXT_PUBLIC_URL");
    }

    #[test]
    fn dangerous_names() {
        for name in "PATH LD_PRELOAD DYLD_INSERT_LIBRARIES GIT_SSH_COMMAND NODE_OPTIONS BASH_ENV BASH_FUNC_x ENV \
            PYTHONPATH PYTHONSTARTUP PERL5OPT RUBYOPT http_proxy Path npm_config_registry EDITOR \
            ANTHROPIC_BASE_URL OPENAI_API_KEY JAVA_TOOL_OPTIONS RUSTC_WRAPPER CARGO_HOME MAKEFLAGS PSQLRC \
            SSH_ASKPASS HOME PS4 PROMPT_COMMAND GLIBC_TUNABLES CC KUBECONFIG DOTNET_STARTUP_HOOKS LESSOPEN \
            XDG_CONFIG_HOME DOCKER_HOST AWS_ENDPOINT_URL NEON_API_KEY PGSERVICEFILE \
            ESBUILD_BINARY_PATH PYTEST_ADDOPTS PYTEST_PLUGINS TAR_OPTIONS RSYNC_RSH CVS_RSH FZF_DEFAULT_COMMAND \
            FZF_DEFAULT_OPTS RIPGREP_CONFIG_PATH GREP_OPTIONS SYSTEMD_EDITOR PRISMA_QUERY_ENGINE_BINARY \
            PUPPETEER_EXECUTABLE_PATH CHROME_PATH SASS_BINARY_PATH GOWORK ANSIBLE_CONFIG INPUTRC JUST_SHELL IPYTHONDIR \
            JUPYTER_CONFIG_DIR COMPOSE_FILE COMPOSE_PROJECT_NAME PGHOST HF_ENDPOINT OLLAMA_HOST OPENROUTER_BASE_URL \
            MISTRAL_API_BASE GROQ_BASE_URL CLOUDFLARE_API_TOKEN VERCEL_TOKEN FLY_API_HOSTNAME UNKNOWN_EDITOR x_proxy"
            .split(' ')
        {
            assert!(is_dangerous(name), "{name}");
        }
        for name in "PORT API_URL DATABASE_URL NODE_ENV RUST_LOG REDIS_URL VITE_API NEXT_PUBLIC_URL DATA_PATH \
            ENVIRONMENT HOMEPAGE_URL USERNAME_MIN CCOUNT ASSETS ARTICLE_LIMIT PGPORT PGDATABASE \
            DJANGO_SETTINGS_MODULE RAILS_ENV MANAGER_URL LESSON TEMPLATE PATHS PAGERDUTY DISPLAY_NAME"
            .split(' ')
        {
            assert!(!is_dangerous(name), "{name}");
        }
    }
}
