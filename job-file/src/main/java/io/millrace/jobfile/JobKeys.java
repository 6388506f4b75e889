package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.integers;
import static io.millrace.jobfile.Kind.name;

import java.util.List;

/** The keys that stand in no section. */
final class JobKeys {

  private static final Keys KEYS = new Keys("");

  static final ConfigKey<String> NAME =
      KEYS.key("name", null, name())
          .doc("name of the job; its topics' names begin with it unless kafka.prefix is set");

  static final ConfigKey<List<Long>> SEEDS =
      KEYS.key("seeds", "[0]", integers())
          .doc("root seeds of random numbers; train runs once for each, the job uses the first");

  private JobKeys() {}
}
