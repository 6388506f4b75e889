package io.millrace.tests.architecture.broken.flink.cli;

/** A command that an operator calls. */
public final class Command {}
