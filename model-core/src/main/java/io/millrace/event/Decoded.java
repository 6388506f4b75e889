package io.millrace.event;

/** The result of decoding a record: a {@link ClickEvent}, or a {@link Reject} with the reason. */
public sealed interface Decoded permits ClickEvent, Reject {}
