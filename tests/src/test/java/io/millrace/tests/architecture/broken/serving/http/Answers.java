package io.millrace.tests.architecture.broken.serving.http;

/** A server. */
public final class Answers {}
