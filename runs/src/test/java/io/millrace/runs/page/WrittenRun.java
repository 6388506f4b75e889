package io.millrace.runs.page;

import io.millrace.event.IdEncoder;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.jobfile.JobConfig;
import io.millrace.runs.MapFolder;
import io.millrace.runs.RunFacts;
import io.millrace.runs.RunFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A run directory with figures that are known: two arms, two fields, a dense column, alerts. */
final class WrittenRun {

  static final long START = 1_704_067_200_000L;
  static final long DAY = 86_400_000;

  private static final String JOB =
      """
      name: written
      format: {type: csv}
      schema:
        label: {column: label}
        time: {column: t, unit: ms}
        dense: [{columns: d0}]
        categorical: [{columns: [site, shop], expected_ids: {site: 5000, shop: 5000}}]
      arms:
        - {name: full, hash: full}
        - {name: learned, hash: learned, ratio: 0.1}
      seeds: [7]
      """;

  private final Path dir;

  WrittenRun(Path dir) throws IOException {
    this(dir, "");
  }

  /** The same with further lines of the job file. */
  WrittenRun(Path dir, String further) throws IOException {
    this.dir = dir;
    JobConfig job = JobConfig.parse(JOB + further, "job.yaml");
    RunFiles.create(dir).describe(RunFacts.of("demo", job, List.of(7L), List.of()));
  }

  /** Appends a line to a file. */
  void line(String file, String json) throws IOException {
    Files.writeString(
        dir.resolve(file), json + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Figures of one window, which depend on its number alone. */
  void window(int w) throws IOException {
    long start = START + w * DAY;
    for (String arm : List.of("full", "learned")) {
      double ne = (arm.equals("full") ? .91234 : .92341) - w / 50.;
      line(
          RunFiles.METRICS,
          """
          {"arm":"%s","seed":7,"window_start":%d,"window_end":%d,"events":%d,"positives":300,"auc":0.7,\
          "logloss":0.5,"ne":%s,"calibration":1.01,"rows":%d,"embedding_bytes":%d,"map_bytes":222,"linear_bytes":0,\
          "serving_bytes":%d,"training_bytes":444000,"map_version":%d,"learned":4321,"skipped":0,"early":0,"out_of_order":0,\
          "buckets":{},"tables":{}}"""
              .formatted(
                  arm,
                  start,
                  start + DAY,
                  4321 + w,
                  ne,
                  arm.equals("full") ? 5000 : 500,
                  arm.equals("full") ? 320_000 : 32_000,
                  arm.equals("full") ? 333_000 : 44_400,
                  arm.equals("full") ? 0 : w));
    }
    for (String field : List.of("site", "shop")) {
      line(
          RunFiles.DRIFT,
          """
          {"field":"%s","seed":7,"kind":"ids","window_start":%d,"window_end":%d,"ids":4444,"psi":%s,\
          "new_traffic":0.222,"cold_traffic":0.333,"gone_traffic":0.444,"procrustes":0.555,\
          "map_spec":"learned-0.1","map_version":%d,"rows":501,"mapped_ids":4321,"plain_hash":false,\
          "without_map":[],"ari":0.601,"nmi":0.602,"jaccard":0.603,"moved_traffic":0.604,"floor_ari":0.701,\
          "floor_nmi":0.702,"floor_jaccard":0.703,"floor_moved_traffic":0.304,"displacement_p50":0.11,\
          "displacement_p90":0.22,"displacement_p99":0.33,"row_load":{"rows_used":498,"max_ids":77,\
          "max_traffic":0.123,"hot_collisions":6,"ids_histogram":[[1,400],[2,90],[4,8]],\
          "largest":[{"row":13,"ids":77,"traffic":0.123}]}}"""
              .formatted(
                  field,
                  start,
                  start + DAY,
                  w == 0
                      ? "null"
                      : String.format(
                          Locale.ROOT, "%.3f", (field.equals("site") ? .111 : .322) + w / 1000.),
                  w + 1));
    }
    line(
        RunFiles.DRIFT,
        """
        {"kind":"dense","field":"d0","seed":7,"window_start":%d,"window_end":%d,"events":4321,\
        "mean":1.5,"deviation":0.25,"missing":0.031,"ks":%s}"""
            .formatted(start, start + DAY, w == 0 ? "null" : "0.0425"));
    line(
        RunFiles.COUNTS,
        """
        {"complete":%s,"read":%d,"trained":%d,"late_trained":0,"dropped_late":2,"rejected":1,\
        "rejects":{"missing_label":1},"lost":0,"seconds":{"teacher":1.5,"student-full":4.5}}"""
            .formatted(w == 3, 5000 * (w + 1) + 3, 5000 * (w + 1)));
  }

  /**
   * A warning, an alert, maps that were built as it was raised, switches, and the stream behind the
   * alert.
   */
  void news() throws IOException {
    line(
        "warnings.jsonl",
        """
        {"kind":"late_events","time":%d,"seed":null,"place":"window","count":50,\
        "message":"50 of 4,321 events came after the end of their window."}"""
            .formatted(START + 2 * DAY));
    line(
        "alerts.jsonl",
        """
        {"time":%d,"stream":"new_traffic","field":"site","arm":null,"detector":"adwin","seed":7,\
        "value":0.31,"before":0.04,"message":"Traffic on new ids of site rose from 4 %% to 31 %%."}"""
            .formatted(START + 2 * DAY + DAY / 2));
    line(
        "pulse.jsonl",
        "{\"time\":%d,\"stream\":\"teacher_ne\",\"field\":null,\"arm\":null,\"value\":0.95}"
            .formatted(START));
    for (int i = 0; i < 8; i++) {
      line(
          "pulse.jsonl",
          "{\"time\":%d,\"stream\":\"new_traffic\",\"field\":\"site\",\"arm\":null,\"value\":0.0%d}"
              .formatted(START + i * DAY / 2, i + 1));
    }
    line(
        "switches.jsonl",
        """
        {"arm":"learned","seed":7,"time":%d,"map_version":1,"before_version":0,"events":2000,\
        "logloss":0.4321,"shadow_logloss":0.4444,"regret":-0.0123}"""
            .formatted(START + DAY));
    line(
        "refreshes.jsonl",
        "{\"time\":%d,\"seed\":7,\"causes\":[\"new_traffic/site\",\"teacher_ne\"]}"
            .formatted(START + 2 * DAY + 3 * DAY / 4));
    line(
        "switches.jsonl",
        """
        {"arm":"learned","seed":7,"time":%d,"map_version":2,"before_version":1,"events":100,\
        "logloss":0.4111,"shadow_logloss":0.4222,"regret":-0.0111}"""
            .formatted(START + 2 * DAY + 3 * DAY / 4 + 17));
    line(
        "switches.jsonl",
        """
        {"arm":"learned","seed":7,"time":%d,"map_version":3,"before_version":2,"accepted":false,\
        "events":100,"logloss":0.4333,"shadow_logloss":0.4222,"regret":0.0111}"""
            .formatted(START + 2 * DAY + 3 * DAY / 4 + 18));
  }

  /**
   * Two maps of {@code site}: a and b share row 3 in both, as 3 becomes 0; c leaves them for the
   * row of d.
   */
  void maps() throws IOException {
    MapFolder folder = new MapFolder(dir.resolve(RunFiles.MAPS));
    folder.store(map(1, new int[] {3, 3, 3, 1}));
    folder.store(map(2, new int[] {0, 0, 1, 1}));
    List<String> lines = new ArrayList<>();
    for (String value : List.of("a", "b", "d")) {
      lines.add(
          "{\"field\":\"site\",\"id\":%d,\"value\":\"%s\",\"count\":%d}"
              .formatted(IdEncoder.id("site", value), value, 100 - lines.size()));
    }
    Files.write(dir.resolve(RunFiles.VALUES), lines);
  }

  /** A map of the ids of a, b, c and d, in this order of their rows; counts 10, 20, 30 and 40. */
  private static MapVersion map(int version, int[] rows) {
    record Entry(long id, int row, double count) {}
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      long id = IdEncoder.id("site", String.valueOf((char) ('a' + i)));
      entries.add(new Entry(id, rows[i], 10 * (i + 1)));
    }
    entries.sort((x, y) -> Long.compare(x.id(), y.id()));
    return new MapVersion(
        new MapVersion.Header(
            "site",
            "learned-0.1",
            version,
            START + (version - 1) * DAY,
            START + version * DAY,
            5,
            MapVersion.Kind.LEARNED,
            ColdPolicy.RESERVE,
            List.of(new RowRange(4, 1)),
            1,
            8,
            0,
            ""),
        entries.stream().mapToLong(Entry::id).toArray(),
        entries.stream().mapToInt(Entry::row).toArray(),
        entries.stream().mapToDouble(Entry::count).toArray());
  }
}
