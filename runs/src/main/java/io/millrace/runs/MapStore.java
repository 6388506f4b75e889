package io.millrace.runs;

import io.millrace.hash.MapVersion;
import io.millrace.maps.MapBuilder;
import io.millrace.spec.JobSpec;
import io.millrace.spec.MapWaiting;
import io.millrace.stream.StageTimer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Stores built maps in the folder of a run, and deletes those that are no longer needed. */
public final class MapStore {

  private final MapFolder folder;
  private final JobSpec job;
  private final boolean studentsApart;

  /**
   * A store.
   *
   * @param studentsApart whether students and builder are tasks of their own; students of a replay
   *     may then be behind the builder and, after a restart, behind their last file in the folder,
   *     so the maps that they may still ask for are kept
   */
  public MapStore(MapFolder folder, JobSpec job, boolean studentsApart) {
    this.folder = folder;
    this.job = job;
    this.studentsApart = studentsApart;
  }

  /**
   * Stores the maps of one build of a field. A window that has a map already keeps it.
   *
   * @param inUse receives the stored map for each map of the build, new or older
   * @return the stored maps, to be announced
   */
  public List<MapVersion> store(int field, MapBuilder.Result result, Consumer<MapVersion> inUse)
      throws IOException {
    List<MapVersion> stored = new ArrayList<>();
    for (MapVersion map : result.maps()) {
      Optional<MapVersion> kept = folder.store(map);
      folder.prune(map, job.publish().keepMaps(), neededFrom(map.header().spec()));
      if (kept.isPresent()) {
        inUse.accept(kept.get());
        dump(kept.get(), result.inputs());
        stored.add(kept.get());
      }
    }
    String name = job.schema().fields().get(field).name();
    for (String spec : result.without()) {
      folder.skip(spec, name, result.end()).ifPresent(inUse);
    }
    return stored;
  }

  private long neededFrom(String spec) throws IOException {
    if (!studentsApart || job.student().waitForMaps() == MapWaiting.NEVER) {
      return Long.MAX_VALUE;
    }
    return folder.neededFrom(
        job.arms().stream()
            .filter(arm -> arm.hash().mapped() && job.mapSpec(arm).equals(spec))
            .map(StageTimer::student)
            .toList());
  }

  private void dump(MapVersion map, List<MapBuilder.Input> inputs) throws IOException {
    if (job.hash().dumpInputs()) {
      for (MapBuilder.Input input : inputs) {
        if (input.spec().equals(map.header().spec())) {
          folder.dump(map, input);
        }
      }
    }
  }
}
