//! The real clients, driven by a scripted model on loopback.
//!
//! Each test runs in a process and a network namespace of its own (`place`), in which there is loopback and nothing else. A
//! server there (`model`) answers the client as its provider would (`wire`), with what the test's script says (`script`),
//! and writes each request down. The client has a scratch home, a key that is made up, and telemetry and updates off
//! (`world`). What the model was told is what a test asserts (`told`): it is what an agent would act on.
//!
//! The clients are found in `GIT_AGENT_TEST_CLIENTS` (a folder with programs) or on PATH. Without one, or
//! without a namespace, its tests run nothing: they say what is missing and pass.
#![allow(dead_code, reason = "the harness offers what its next tests need")]

mod model;
mod place;
mod screen;
mod script;
mod told;
mod wire;
mod world;

mod claude;
mod codex;
mod gemini;
mod harness;
mod init;
mod missing;
