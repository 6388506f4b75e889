package io.millrace.flink.operator;

import io.millrace.counts.CountTable;
import io.millrace.hash.MapVersion;
import io.millrace.maps.DriftLine;
import io.millrace.maps.MapBuilder;
import io.millrace.maps.TeacherValues;
import io.millrace.runs.MapFolder;
import io.millrace.runs.MapStore;
import io.millrace.runs.RunFiles;
import io.millrace.runs.StageClock;
import io.millrace.runs.line.DriftColumns;
import io.millrace.spec.JobSpec;
import io.millrace.state.BytePieces;
import io.millrace.state.MapPiece;
import io.millrace.state.ReportLine;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The result of one build of a field's maps.
 *
 * @param builder state of the builder after the build
 * @param lines to emit: an announcement of each map, and drift
 * @param drift against the build before; empty if there is none
 * @param cpuNanos CPU time of the build, ns
 * @param wallNanos how long the build took, ns
 */
record MapBuild(
    BytePieces builder,
    List<ReportLine> lines,
    Optional<DriftLine> drift,
    long cpuNanos,
    long wallNanos) {

  /** Builds the maps of a field at the end of a sub-window, and stores them. */
  static MapBuild run(
      JobSpec job,
      MapStore store,
      int field,
      long subWindow,
      MapBuilder builder,
      List<MapPiece> pieces)
      throws IOException {
    long start = System.nanoTime();
    StageClock clock = new StageClock();
    clock.start();
    MapBuilder.Result result = build(subWindow, builder, pieces);
    List<ReportLine> lines = new ArrayList<>();
    for (MapVersion map : store.store(field, result, builder::adopt)) {
      lines.add(announcement(map));
    }
    result.warnings().forEach(warning -> lines.add(ReportLines.warning(warning)));
    Optional<DriftLine> drift = Optional.ofNullable(result.drift());
    String name = job.schema().fields().get(field).name();
    drift
        .map(DriftColumns.LINE::json)
        .ifPresent(json -> lines.add(new ReportLine(ReportLine.Kind.DRIFT, name, json)));
    BytePieces state = state(builder);
    clock.stop();
    return new MapBuild(state, lines, drift, clock.take(), System.nanoTime() - start);
  }

  private static MapBuilder.Result build(
      long subWindow, MapBuilder builder, List<MapPiece> pieces) {
    List<CountTable> counts = new ArrayList<>();
    TeacherValues teacher = null;
    TeacherValues second = null;
    for (MapPiece piece : pieces) {
      switch (piece.kind()) {
        case COUNTS -> counts.add(piece.counts());
        case TEACHER -> teacher = piece.values();
        case SECOND_TEACHER -> second = piece.values();
      }
    }
    boolean builds = pieces.get(0).builds();
    return builder.build(subWindow, builds, CountTable.merge(counts), teacher, second);
  }

  private static ReportLine announcement(MapVersion map) {
    String spec = map.header().spec();
    String path = RunFiles.MAPS + "/" + MapFolder.folder(spec, map.field()) + "/" + map.fileName();
    return new ReportLine(
        ReportLine.Kind.MAP, spec + "/" + map.field(), RunFiles.mapJson(map, path));
  }

  private static BytePieces state(MapBuilder builder) throws IOException {
    BytePieces bytes = new BytePieces();
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(bytes));
    builder.writeState(out);
    out.flush();
    return bytes;
  }
}
