package io.millrace.tests.lab.loop;

import io.millrace.maps.MapBuilder;
import io.millrace.serving.Scorer;
import io.millrace.snapshot.LoadedModel;
import io.millrace.snapshot.PublishedModel;
import io.millrace.spec.JobSpec;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.watch.DenseLine;
import io.millrace.watch.Losses;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The students of a {@link TrainLoop}, their losses and their scores by window. */
class Students implements TrainLoop.Listener {

  private final JobSpec job;
  private final Map<String, Student> byArm = new TreeMap<>();

  /** Losses of every sub-window by arm, in the order of time. */
  final Map<String, Map<Long, Losses>> losses = new TreeMap<>();

  /** Metrics by arm and start of the window, ms. */
  final Map<String, Map<Long, MetricLine>> metrics = new TreeMap<>();

  Students(JobSpec job) {
    this.job = job;
  }

  /** The models as a server would have them if they were published now, by arm. */
  Map<String, Scorer> served() {
    Map<String, Scorer> served = new LinkedHashMap<>();
    byArm.forEach(
        (arm, student) -> {
          PublishedModel model = PublishedModel.copyOf(job.schema(), student.model());
          served.put(arm, new Scorer(new LoadedModel(null, null, model)));
        });
    return served;
  }

  /** The students by arm, from the end of the first sub-window on. */
  Map<String, Student> byArm() {
    return byArm;
  }

  @Override
  public void losses(Student student, Losses of) {
    String arm = student.spec().name();
    byArm.put(arm, student);
    losses.computeIfAbsent(arm, a -> new TreeMap<>()).put(of.subWindow(), of);
  }

  @Override
  public void metrics(MetricLine line) {
    metrics.computeIfAbsent(line.arm(), a -> new TreeMap<>()).put(line.windowStart(), line);
  }

  @Override
  public void publish(Student arm, Student.PublishCause cause) {}

  @Override
  public void maps(int field, MapBuilder.Result result) {}

  @Override
  public void dense(DenseLine line) {}
}
