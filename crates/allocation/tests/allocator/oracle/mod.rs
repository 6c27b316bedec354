//! Two ways to decide the same, obviously right and slow, to hold the engine to: one sees what
//! one SKU has come to at every rest, the other sees every effect of every event, over many SKUs,
//! places and orders, with all that may befall them; only events so long that a bound cuts them
//! are left to sentences of their own, and what a rebalancing run does is taken from it. Neither
//! shares a line with the engine but the events and the arithmetic of a demand line.

mod commands;
mod every_effect;
mod history;
mod impact;
mod naive;
mod rest;
mod why;
