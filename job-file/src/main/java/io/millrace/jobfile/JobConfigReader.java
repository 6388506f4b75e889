package io.millrace.jobfile;

import io.millrace.event.EventLimits;
import io.millrace.event.Schema;
import io.millrace.event.WindowSpec;
import io.millrace.format.FileFormat;
import io.millrace.spec.ArmSpec;
import io.millrace.spec.ColumnHistory;
import io.millrace.spec.CountOptions;
import io.millrace.spec.DriftOptions;
import io.millrace.spec.HashOptions;
import io.millrace.spec.JobSpec;
import io.millrace.spec.PublishOptions;
import io.millrace.spec.StudentOptions;
import io.millrace.spec.TeacherOptions;
import io.millrace.student.StudentTables;
import io.millrace.time.LateGate;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads the sections of a job file. The keys of the resolved file have the order of reading. */
final class JobConfigReader {

  private static final Keys KEYS = new Keys("");

  static final ConfigKey<String> NAME =
      KEYS.key("name", null, Kind.name())
          .doc("name of the job; its topics' names begin with it unless kafka.prefix is set");

  static final ConfigKey<List<Long>> SEEDS =
      KEYS.key("seeds", "[0]", Kind.integers())
          .doc("root seeds of random numbers; train runs once for each, the job uses the first");

  private JobConfigReader() {}

  static JobConfig read(
      ConfigSection root, Map<String, Object> resolved, UnsetKeys unset, Path folder) {
    String name = root.get(NAME);
    ConfigSection written = root.section(FormatKeys.KEYS);
    FileFormat format = FormatKeys.read(written);
    List<String> missing = FormatKeys.missing(written);
    Schema schema = SchemaKeys.read(root.section(SchemaKeys.KEYS), missing);
    ConfigSection limited = root.section(LimitKeys.KEYS);
    EventLimits limits = LimitKeys.read(limited);
    KafkaOptions kafka = KafkaKeys.read(root.section(KafkaKeys.KEYS), name, schema, folder);
    ConfigSection teacher = root.section(TeacherKeys.KEYS);
    boolean gpu = teacher.get(TeacherKeys.GPU);
    ConfigSection counts = root.section(CountKeys.KEYS);
    int countMemoryMb = counts.get(CountKeys.MEMORY_MB);
    ConfigSection drift = root.section(DriftKeys.KEYS);
    String webhook = drift.get(DriftKeys.WEBHOOK);
    ConfigSection parallelism = root.section(RunKeys.PARALLELISM);
    int trainers = parallelism.get(RunKeys.TRAINERS);
    JobSpec spec =
        spec(
            root,
            schema,
            limited,
            CountKeys.read(counts),
            TeacherKeys.read(teacher),
            drift,
            trainers);
    int partitions = kafka.topics().partitions();
    RunOptions run = RunKeys.read(root, parallelism, gpu, countMemoryMb, partitions, webhook);
    List<Long> seeds = root.get(SEEDS);
    if (seeds.isEmpty()) {
      throw root.error(SEEDS, "must have at least 1 entry");
    }
    return new JobConfig(
        name, format, limits, spec, kafka, run, seeds, resolved, unset.settings(), unset.notes());
  }

  private static JobSpec spec(
      ConfigSection root,
      Schema schema,
      ConfigSection limited,
      CountOptions counts,
      TeacherOptions teacher,
      ConfigSection watched,
      int trainers) {
    ConfigSection windowed = root.section(WindowKeys.KEYS);
    WindowSpec windows = WindowKeys.read(windowed);
    LateGate.Policy late = windowed.get(WindowKeys.LATE);
    long maxJump = LimitKeys.maxJumpMs(limited, windows);
    ConfigSection students = root.section(StudentKeys.KEYS);
    StudentOptions student = StudentKeys.read(students);
    HashOptions hash = HashKeys.read(root.section(HashKeys.KEYS));
    int teacherDim = teacher.trainer().dim();
    List<ConfigSection> entries = root.sections(ArmKeys.KEYS);
    List<ArmSpec> arms =
        entries.stream().map(entry -> ArmKeys.read(entry, students, teacherDim, trainers)).toList();
    PublishOptions publish = PublishKeys.read(root.section(PublishKeys.KEYS));
    boolean secondTeacher = watched.get(DriftKeys.FLOOR).equals("second-teacher");
    DriftOptions drift = DriftKeys.read(watched);
    JobSpec spec =
        root.checked(
            () ->
                new JobSpec(
                    schema,
                    windows,
                    late,
                    maxJump,
                    counts,
                    teacher,
                    hash,
                    student,
                    arms,
                    publish,
                    secondTeacher,
                    drift,
                    ColumnHistory.NONE));
    for (int a = 0; a < arms.size(); a++) {
      ArmSpec arm = arms.get(a);
      entries
          .get(a)
          .checked(
              () -> {
                StudentTables.check(spec, arm);
                return arm;
              });
    }
    return spec;
  }
}
