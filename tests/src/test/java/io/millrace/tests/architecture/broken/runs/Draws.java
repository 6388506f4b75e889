package io.millrace.tests.architecture.broken.runs;

import io.millrace.tests.architecture.broken.runs.page.Serves;
import org.apache.avro.Schema;
import org.snakeyaml.engine.v2.api.Load;

/** Files of a run that know how they are looked at, and read YAML and Avro themselves. */
public final class Draws {
  /** What must not be here. */
  public Serves page;

  /** What must not be here. */
  public Load yaml;

  /** What must not be here. */
  public Schema avro;
}
