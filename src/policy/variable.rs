//! Names of environment variables: which are valid, and which a committed file may set.
//!
//! `.gitagent` comes from whoever can commit. A variable that a loader, an interpreter, a build tool or a client reads
//! can start a program or send a secret elsewhere as surely as a command can, and no list of those is ever complete. So
//! [`may_set`] is a list of what is harmless: names that an application's own code reads, with values that stay on this
//! machine. [`is_dangerous`] lists the others as far as they are known, for the variables of ports, databases and data
//! folders, whose values are git-agent's own.

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

/// What build tools hand on to the code of an application, and nothing else reads.
const APPLICATION: &str = "APP_ PUBLIC_ NEXT_PUBLIC_ NUXT_PUBLIC_ VITE_ REACT_APP_ VUE_APP_ EXPO_PUBLIC_";

/// Parts of an application, and what is told of one: together a name such as `API_URL`.
const PARTS: &str = "API APP WEB SITE SERVER CLIENT FRONTEND BACKEND ADMIN AUTH NEXTAUTH BASE PUBLIC SERVICE GATEWAY UI DEV TEST \
    WORKER DATABASE DB REDIS CACHE QUEUE BROKER SEARCH STORAGE ASSETS MEDIA METRICS DEBUG HTTP HTTPS GRPC WS WEBSOCKET MAIL SMTP";
const TOLD: &str = "URL URI ORIGIN HOST PORT NAME SLUG PREFIX";

/// Whole names that are harmless.
const PLAIN: &str = "PORT NODE_ENV RAILS_ENV RACK_ENV MIX_ENV APP_ENV RUST_LOG RUST_BACKTRACE LOG_LEVEL PYTHONUNBUFFERED \
    PYTHONDONTWRITEBYTECODE PYTHONHASHSEED DATA_PATH DATA_DIR";

/// Whether a committed file may set this variable to this text, before its placeholders are filled in, although nobody has
/// trusted it: a name that the application's own code reads, and a value that names no other machine.
pub fn may_set(name: &str, template: &str) -> bool {
    // Here letter case counts: other spellings are other programs' names.
    let of_part = |name: &str| {
        let (part, told) = name.rsplit_once('_').unwrap_or_default();
        PARTS.split_whitespace().any(|one| one == part) && TOLD.split(' ').any(|one| one == told)
    };
    let is_plain = PLAIN.split_whitespace().any(|one| one == name);
    let is_applications = APPLICATION.split(' ').any(|family| name.starts_with(family)) && !is_dangerous(name);
    if template.chars().any(char::is_control) || !(is_plain || is_applications || of_part(name)) {
        return false;
    }
    let last = name.rsplit('_').next().unwrap_or_default();
    match last {
        "PORT" => is_port(template),
        "URL" | "URI" | "ORIGIN" | "HOST" | "HOSTS" | "SERVER" | "ADDR" | "ADDRESS" | "DOMAIN" | "API" | "WS"
        | "DSN" => is_local(template),
        _ => is_local(template) || !["://", "//", "@", "\\"].iter().any(|sign| template.contains(sign)),
    }
}

fn is_port(template: &str) -> bool {
    let inner = template.strip_prefix("{port.").and_then(|rest| rest.strip_suffix('}'));
    let is_digits = !template.is_empty() && template.bytes().all(|byte| byte.is_ascii_digit());
    is_digits || inner.is_some_and(|service| !service.contains(['{', '}']))
}

/// Whether an address is on this machine, whatever its placeholders stand for: a branch may be called `evil.example/x`.
fn is_local(template: &str) -> bool {
    // The agent's own database, which `[agent-db]` has judged.
    let database = template.strip_prefix("{db.").and_then(|rest| rest.strip_suffix("url}"));
    if database.is_some_and(|label| !label.contains(['{', '}'])) {
        return true;
    }
    let (scheme, rest) = template.split_once("://").unwrap_or(("", template));
    let known = [
        "",
        "http",
        "https",
        "ws",
        "wss",
        "redis",
        "postgres",
        "postgresql",
        "mysql",
        "mongodb",
        "amqp",
        "nats",
        "sqlite",
    ];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // In such a place libpq and others name another host.
    let is_web = matches!(scheme, "" | "http" | "https" | "ws" | "wss");
    if !known.contains(&scheme) || path.contains('\\') || path.starts_with("//") && scheme.is_empty() {
        return false;
    }
    if !is_web && path.contains('?') {
        return false;
    }
    if scheme == "sqlite" {
        return authority.is_empty();
    }
    let (who, place) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_simple = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let (host, port) = match place.rfind(':') {
        Some(at) if !place.ends_with(']') => (&place[..at], &place[at + 1..]),
        _ => (place, "0"),
    };
    let labels = host.replace("{slug}", "s").to_ascii_lowercase();
    let is_here = labels == "localhost" || labels.ends_with(".localhost") || labels == "127.0.0.1" || labels == "[::1]";
    is_simple(who, "-_.:") && is_here && is_simple(&labels, "-.[]:") && is_port(port)
}

/// Whether a committed file may give an agent's database this connection string, before its placeholders are filled in: one
/// that leads to that database, in whatever form, or to another place on this machine.
pub fn may_connect(template: &str) -> bool {
    let (before, behind) = template.split_once('{').unwrap_or((template, ""));
    let (placeholder, options) = behind.split_once('}').unwrap_or((behind, ""));
    // Options such as `schema=public`. Some readers take a host from there.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "?&=_-.".contains(c);
    let tame = options.chars().all(is_plain) && !options.to_ascii_lowercase().contains("host");
    let leads = match placeholder {
        "db.url" | "db.name" => before.is_empty(),
        // `file:`, `jdbc:sqlite:`, `sqlite+aiosqlite:///`: no place for a host.
        "db.path" => {
            let scheme = before.trim_end_matches('/');
            before.is_empty()
                || scheme.ends_with(':') && scheme.chars().all(|c| c.is_ascii_alphanumeric() || ":+".contains(c))
        }
        _ => false,
    };
    leads && tame && (options.is_empty() || options.starts_with(['?', '&'])) || is_local(template)
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

    #[test]
    fn what_a_committed_file_may_connect_to() {
        for template in [
            "{db.url}",
            "{db.url}?schema=public&connection_limit=5",
            "{db.url}&schema=public",
            "{db.name}",
            "{db.path}",
            "file:{db.path}",
            "jdbc:sqlite:{db.path}",
            "sqlite+aiosqlite:///{db.path}",
            "postgres://me@localhost:5432/{db.name}",
        ] {
            assert!(may_connect(template), "{template}");
        }
        for template in [
            "postgres://evil.example/{db.name}",
            "{db.url}?host=evil.example",
            "{db.url}&hostaddr=1.2.3.4",
            "{db.url}@evil.example/{db.url}",
            "{db.url}.evil.example",
            "evil.example:{db.path}",
            "http://evil.example/{db.path}",
            "{db.name}@evil.example",
            "{branch}",
            "evil.example",
        ] {
            assert!(!may_connect(template), "{template}");
        }
    }

    #[test]
    fn what_a_committed_file_may_set() {
        for (name, template) in [
            ("PORT", "{port.web}"),
            ("API_PORT", "4000"),
            ("API_URL", "http://localhost:{port.web}"),
            ("API_URL", "http://{slug}.localhost:{port.web}/x?y={branch}#z"),
            ("PUBLIC_URL", "http://{slug}.localhost:{port.web}"),
            ("VITE_API", "https://127.0.0.1:8443/"),
            ("VITE_TITLE", "Shop of {name}"),
            ("NEXT_PUBLIC_API_URL", "http://[::1]:{port.api}/v1"),
            ("DATABASE_URL", "{db.url}"),
            ("DATABASE_URL", "{db.cache.url}"),
            ("DATABASE_URL", "sqlite:///{data}/dev.db"),
            ("DATABASE_URL", "postgres://me:pw@localhost:{port.db}/app"),
            ("REDIS_URL", "redis://localhost:{port.redis}/0"),
            ("DB_NAME", "{db.name}"),
            ("DB_HOST", "localhost"),
            ("NODE_ENV", "test"),
            ("RUST_LOG", "debug"),
            ("DATA_PATH", "{path}/data"),
        ] {
            assert!(may_set(name, template), "{name}={template}");
        }
        for (name, template) in [
            // Names that something else may read.
            ("SHOP_URL", "http://localhost"),
            ("PATH", "/evil"),
            ("NODE_OPTIONS", "--require=/evil"),
            ("COMPOSE_PROJECT_NAME", "main"),
            ("APP_EDITOR", "evil"),
            ("VITE_PLUGINS", "evil"),
            ("api_url", "http://localhost"),
            ("OPENAI_BASE_URL", "http://localhost"),
            ("SOME_NEW_TOOL", "evil"),
            ("_URL", "http://localhost"),
            // Places elsewhere.
            ("API_URL", "http://evil.example"),
            ("API_URL", "//evil.example"),
            ("API_URL", "http://localhost@evil.example/"),
            ("API_URL", "http://localhost:pw@evil.example/"),
            ("API_URL", "http://evil.example\\@localhost/"),
            ("API_URL", "http://localhost.evil.example/"),
            ("API_URL", "http://{branch}.localhost/"),
            ("API_URL", "http://{name}.localhost/"),
            ("API_URL", "http://evil.example#.localhost/"),
            ("API_URL", "http://127.0.0.1.evil.example/"),
            ("API_URL", "http://localhost:{name}/"),
            ("API_URL", "http://ev\til.example"),
            ("API_URL", "file:///evil"),
            ("API_URL", "javascript:evil()"),
            ("DATABASE_URL", "postgres:///app?host=evil.example"),
            ("DATABASE_URL", "{db.url}@evil.example/{db.url}"),
            ("DATABASE_URL", "{branch}"),
            ("DB_HOST", "evil.example"),
            ("APP_SERVER", "evil.example"),
            ("VITE_TARGET", "http://evil.example"),
            ("API_PORT", "1@evil.example"),
            ("API_PORT", "{port.web}{name}"),
        ] {
            assert!(!may_set(name, template), "{name}={template}");
        }
    }
}
