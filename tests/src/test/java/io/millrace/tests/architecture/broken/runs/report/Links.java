package io.millrace.tests.architecture.broken.runs.report;

import io.millrace.tests.architecture.broken.runs.page.Serves;

/** A report that needs the page. */
public final class Links {
  /** What must not be here. */
  public Serves page;
}
