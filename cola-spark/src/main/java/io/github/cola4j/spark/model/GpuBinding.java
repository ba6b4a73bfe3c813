package io.github.cola4j.spark.model;

import io.github.cola4j.nn.KernelProvider;
import io.github.cola4j.nn.KernelProviders;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which device the thread of a Spark task computes on: the one whose address Spark gave the task as
 * resource {@code gpu}. Tasks that share a GPU by fractions get the same address. Without a GPU
 * they compute where the kernels do by themselves, and the log says so once a JVM.
 * docs/how-to/gpus.md has the settings.
 */
public final class GpuBinding {
  static final String RESOURCE = "gpu";

  private static final Logger LOG = LoggerFactory.getLogger(GpuBinding.class);
  private static final AtomicReference<String> SAID = new AtomicReference<>();

  private GpuBinding() {}

  /**
   * A device, or why there is none.
   *
   * @param device the kernels' number; −1 for none
   * @param reason null if there is a device, or nobody asked for one
   */
  record Choice(int device, String reason) {
    private static Choice none(String reason) {
      return new Choice(-1, reason);
    }
  }

  /**
   * Binds this thread to its task's GPU.
   *
   * @return the number of the thread's device; 0 on the CPU
   */
  static int bind() {
    KernelProvider kernels = KernelProviders.get().of(DataType.FLOAT);
    List<String> addresses = addresses();
    Choice choice =
        choose(addresses, kernels.devices(), kernels.name(), System.getenv("CUDA_VISIBLE_DEVICES"));
    if (choice.device() >= 0) {
      // of this thread alone; Spark's threads are used again, and the next task binds them anew
      kernels.bindThread(choice.device());
      say("tasks compute on the GPUs that Spark gives them; one with " + addresses + " came first");
    } else if (choice.reason() != null) {
      say(choice.reason());
    }
    return kernels.device();
  }

  /**
   * The addresses of this thread's task; none outside of tasks and where Spark schedules no GPU.
   */
  public static List<String> addresses() {
    TaskContext context = TaskContext.get();
    ResourceInformation gpu = context == null ? null : context.resourcesJMap().get(RESOURCE);
    return gpu == null ? List.of() : List.of(gpu.addresses());
  }

  /**
   * Chooses a device.
   *
   * @param addresses of the task; the first counts
   * @param devices that the kernels can be bound to, numbered from 0; 0 if they are the CPU's
   * @param kernels their provider's name
   * @param visible {@code CUDA_VISIBLE_DEVICES}, in whose order CUDA numbers devices; null if unset
   */
  static Choice choose(List<String> addresses, int devices, String kernels, String visible) {
    if (addresses.isEmpty()) {
      return Choice.none(
          devices > 0
              ? "Spark gives tasks no GPU, so all compute on the first; set"
                  + " spark.task.resource.gpu.amount (docs/how-to/gpus.md)"
              : null);
    }
    if (devices == 0) {
      return Choice.none(
          "tasks have GPUs (the first has "
              + addresses
              + ") but compute on the CPU: the kernels are '"
              + kernels
              + "'; submit the jar that -Pcuda builds, and see in this log why its kernels cannot"
              + " run on this machine (docs/how-to/gpus.md)");
    }
    int device = number(addresses.get(0), visible);
    if (device < 0 || device >= devices) {
      return Choice.none(
          "expected the number of one of CUDA's "
              + devices
              + " devices as a task's GPU, got '"
              + addresses.get(0)
              + "', so it computes on the first; see the discovery script and"
              + " CUDA_VISIBLE_DEVICES (docs/how-to/gpus.md)");
    }
    return new Choice(device, null);
  }

  private static int number(String address, String visible) {
    if (visible != null && !visible.isBlank()) {
      int place =
          Arrays.stream(visible.split(",", -1)).map(String::strip).toList().indexOf(address);
      if (place >= 0) {
        return place;
      }
    }
    return address.matches("\\d{1,4}") ? Integer.parseInt(address) : -1;
  }

  private static void say(String what) {
    if (SAID.compareAndSet(null, what)) {
      LOG.warn("GPU: {}", what);
    }
  }
}
