package io.millrace.tests;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.millrace.event.ClickEvent;
import io.millrace.event.IdEncoder;
import io.millrace.event.Schema;
import io.millrace.generator.GeneratorOptions;
import io.millrace.generator.PlantedCsv;
import io.millrace.generator.PlantedEvent;
import io.millrace.generator.PlantedStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A generated stream of seconds, and a job that has every kind of arm. */
public final class SmallStream {

  /** Events in each day. */
  public static final int PER_DAY = 2_000;

  private SmallStream() {}

  /** The job file. {@code hash} holds further lines of the section {@code hash}. */
  public static String job(String... hash) {
    StringBuilder lines = new StringBuilder();
    for (String line : hash) {
      lines.append("  ").append(line).append('\n');
    }
    return """
        name: small
        schema:
          label: {column: label}
          time: {column: event_time, unit: ms}
          dense:
            - {columns: d0..d3}
          categorical:
            - columns: f0..f7
              expected_ids: {f0: 300, f1: 750, f2: 1500, f3: 3000, f4: 7500, f5: 15000, f6: 22500, f7: 30000}
        teacher: {dim: 2, bottom: [16], top: [16]}
        student: {dim: 8, mlet_k: 16, bottom: [16], top: [16]}
        hash:
          min_rows: 1000
        @hash@arms:
          - {name: full, hash: full}
          - {name: modulo, hash: modulo, ratio: 0.1}
          - {name: double, hash: double, ratio: 0.1}
          - {name: double-concat, hash: double, ratio: 0.1, combine: concat}
          - {name: qr, hash: qr, ratio: 0.1}
          - {name: qr-add, hash: qr, ratio: 0.1, combine: add}
          - {name: qr-concat, hash: qr, ratio: 0.1, combine: concat}
          - {name: freq-double, hash: freq-double, ratio: 0.1}
          - {name: hot-kept, hash: hot-kept, ratio: 0.1}
          - {name: learned, hash: learned, ratio: 0.1}
          - {name: learned-d, hash: learned, ratio: 0.1, internal_tables: D}
          - {name: learned-d-concat, hash: learned, ratio: 0.1, internal_tables: D, combine: concat}
          - {name: two-level, hash: two-level, bytes: 10%}
          - {name: learned-bytes, hash: learned, bytes: 120kB}
          - {name: full-mlet, hash: full, table: mlet}
          - {name: full-mixed, hash: full, table: mixed}
          - {name: full-pep, hash: full, table: pep, pep: {drift: 0.1}}
          - {name: learned-mixed, hash: learned, ratio: 0.1, table: mixed, mixed: {share: 0.5}}
          - {name: learned-pep, hash: learned, ratio: 0.1, table: pep, pep: {drift: 0.1, granularity: feature}}
          - {name: hot-kept-pep, hash: hot-kept, ratio: 0.1, table: pep, pep: {drift: 0.1, granularity: dimension}}
          - {name: two-level-mixed, hash: two-level, bytes: 10%, table: mixed, mixed: {share: 0.5}}
          - {name: double-mlet, hash: double, ratio: 0.1, table: mlet}
          - {name: learned-mlet, hash: learned, ratio: 0.1, table: mlet}
          - {name: linear, hash: none}
          - {name: linear-32, hash: none, bytes: 20kB, student: {linear: {served: float32, l1: 0.5}}}
          - {name: without-linear, hash: modulo, ratio: 0.1, student: {linear: {share: 0}}}
          - {name: other-settings, hash: two-level, bytes: 10%, student: {dim: 4, bottom: [8], batch: 64, table: {lr: 0.02}, linear: {share: 0.4}}}
        """
        .replace("@hash@", lines);
  }

  /** Writes the job file. */
  public static Path writeJob(Path folder, String... hash) throws IOException {
    return Files.writeString(folder.resolve("job.yaml"), job(hash));
  }

  /** The stream from its start; equal each time. */
  public static PlantedStream stream(int days) {
    return new PlantedStream(GeneratorOptions.demo().withDays(days).withEventsPerDay(PER_DAY), 7);
  }

  /** Writes the stream as {@code events.csv}. */
  public static Path writeEvents(Path folder, int days) throws IOException {
    Path file = folder.resolve("events.csv");
    PlantedCsv.write(stream(days), file, written -> {});
    return file;
  }

  /** The events of a stream as a model sees them. */
  public static List<ClickEvent> events(PlantedStream stream, Schema schema) {
    IdEncoder encoder = new IdEncoder(schema.fields());
    List<ClickEvent> events = new ArrayList<>();
    while (stream.hasNext()) {
      PlantedEvent event = stream.next();
      events.add(event.toClickEvent(encoder));
    }
    return events;
  }

  /** The lines of a file. */
  public static List<String> lines(Path file) throws IOException {
    return Files.readAllLines(file, UTF_8);
  }
}
