package io.millrace.event;

/** What became of a record: a {@link ClickEvent}, or a {@link Reject} that says why not. */
public sealed interface Decoded permits ClickEvent, Reject {}
