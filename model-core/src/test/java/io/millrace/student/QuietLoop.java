package io.millrace.student;

import io.millrace.maps.MapBuilder;
import io.millrace.stream.TrainLoop;
import io.millrace.watch.DenseLine;
import io.millrace.watch.RefreshLine;

/** A listener to a loop that ignores all but models. */
abstract class QuietLoop implements TrainLoop.Listener {

  @Override
  public void metrics(MetricLine line) {}

  @Override
  public void maps(int field, MapBuilder.Result result) {}

  @Override
  public void dense(DenseLine line) {}

  @Override
  public void refresh(RefreshLine line) {}
}
