package io.millrace.dense;

/**
 * One optimiser's update of one tensor, in place, on host arrays. All engines use it, so that the
 * arithmetic of each rule is written once.
 */
interface TensorUpdate {

  /** Whether the update of an element depends only on that element. */
  default boolean elementwise() {
    return true;
  }

  /** Number of state arrays per tensor, each as long as the tensor and initially 0. */
  int states();

  /**
   * Applies one step.
   *
   * @param w the tensor, updated
   * @param g its gradient; may be overwritten
   * @param state {@link #states()} arrays, updated
   * @param length number of elements; arrays may be longer
   * @param step number of this step, from 1
   */
  void apply(float[] w, float[] g, float[][] state, int length, long step);

  /** The rule that an optimiser's hyper-parameters describe. */
  static TensorUpdate of(DenseOptimizer optimizer) {
    return switch (optimizer.rule()) {
      case SGD -> new SgdUpdate(optimizer);
      case ADAGRAD -> new AdagradUpdate(optimizer);
      case ADAM -> new AdamUpdate(optimizer);
      case LAMB -> new LambUpdate(optimizer);
    };
  }
}
