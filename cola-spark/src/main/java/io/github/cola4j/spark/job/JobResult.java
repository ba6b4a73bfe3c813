package io.github.cola4j.spark.job;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.nn.KernelProviders;
import io.github.cola4j.nn.stored.Precision;
import io.github.cola4j.spark.job.spec.Job;
import io.github.cola4j.spark.training.RoundTime;
import java.util.List;

/**
 * {@code results.json}.
 *
 * @param adapterParameters trained parameters of one task's adapter, without its head
 * @param modelParameters frozen parameters
 * @param seconds from start to end
 * @param time what the seconds of all rounds went to
 * @param peakMemoryBytes the driver JVM's resident memory at most
 * @param kernels the kernel provider that the driver chose; empty in a file of an earlier version
 * @param compute in which type frozen products took their inputs, and whether the driver's CPU has
 *     instructions for it; float32 in a file of an earlier version
 */
public record JobResult(
    List<TaskResult> tasks,
    long adapterParameters,
    long modelParameters,
    double seconds,
    RoundTime time,
    long peakMemoryBytes,
    String kernels,
    String compute) {

  /** What {@code compute} says where a CPU has no bfloat16. */
  public static final String ROUNDED = "bfloat16, rounded by software";

  /** Fills in what files of earlier versions do not have. */
  public JobResult {
    kernels = kernels == null ? "" : kernels;
    compute = compute == null ? Precision.FLOAT32.toString() : compute;
  }

  /** In which type the frozen products of a job take their inputs on this machine. */
  static String computed(Job job, BaseModel model) {
    boolean software =
        job.compute() == Precision.BFLOAT16
            && !KernelProviders.get().of(model.transformer().type()).hasBfloat16();
    return software ? ROUNDED : job.compute().toString();
  }
}
