//! Pure decisions: nothing here touches the world, and nothing here imports another room of the house.

pub mod guard;
pub mod push;
pub mod shell;
