package io.millrace.tests.protocol;

import io.millrace.maps.MapBuilder;
import io.millrace.stream.TrainLoop;
import io.millrace.student.MetricLine;
import io.millrace.student.Student;
import io.millrace.student.SwitchLine;
import io.millrace.watch.DenseLine;

/** Ignores all that a loop reports; tests override what they want. */
class QuietListener implements TrainLoop.Listener {
  @Override
  public void metrics(MetricLine line) {}

  @Override
  public void publish(Student arm, Student.PublishCause cause) {}

  @Override
  public void maps(int field, MapBuilder.Result result) {}

  @Override
  public void switched(SwitchLine line) {}

  @Override
  public void dense(DenseLine line) {}
}
