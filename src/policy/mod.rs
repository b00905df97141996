//! Pure decisions: nothing here touches the world, and nothing here imports another room of the house.

pub mod age;
pub mod carried;
pub mod doctor;
pub mod dotenv;
pub mod export;
pub mod guard;
pub mod hooks;
pub mod ignore;
pub mod include;
pub mod name;
pub mod place;
pub mod ports;
pub mod postgres;
pub mod profile;
pub mod protected;
pub mod provision;
pub mod push;
pub mod removal;
pub mod reproducible;
pub mod settings;
pub mod shell;
pub mod slug;
pub mod spawn;
pub mod strict;
pub mod template;
pub mod variable;
