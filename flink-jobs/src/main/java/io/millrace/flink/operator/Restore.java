package io.millrace.flink.operator;

import io.millrace.state.RawState;
import java.io.IOException;
import java.util.Map;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;

/** Reads the state of operators. Raw state that does not fit the job fails it without a restart. */
final class Restore {
  private Restore() {}

  /** Reads raw state that has one format. */
  static void read(
      StateInitializationContext context, String name, int format, RawState.Reader reader)
      throws IOException {
    read(context, name, Map.of(format, reader));
  }

  /**
   * Reads raw state, if there is any.
   *
   * @param readers by the format that they read
   */
  static void read(
      StateInitializationContext context, String name, Map<Integer, RawState.Reader> readers)
      throws IOException {
    try {
      RawState.read(context, name, readers);
    } catch (IllegalArgumentException e) {
      throw new SuppressRestartsException(e);
    }
  }

  /** Reads the objects of one subtask, see {@link RawState#readOwn}. */
  static void readOwn(
      StateInitializationContext context, int format, Map<String, RawState.Reader> readers)
      throws IOException {
    try {
      RawState.readOwn(context, format, readers);
    } catch (IllegalArgumentException e) {
      throw new SuppressRestartsException(e);
    }
  }

  /** Whether keyed state of a key belongs to a task. */
  static boolean isOwn(int key, TaskInfo task) {
    return task.getIndexOfThisSubtask()
        == KeyGroupRangeAssignment.assignKeyToParallelOperator(
            key, task.getMaxNumberOfParallelSubtasks(), task.getNumberOfParallelSubtasks());
  }

  /** List state, which a restart distributes over the subtasks. */
  static <T> ListState<T> list(
      StateInitializationContext context, String name, TypeSerializer<T> serializer)
      throws Exception {
    return context
        .getOperatorStateStore()
        .getListState(new ListStateDescriptor<>(name, serializer));
  }
}
