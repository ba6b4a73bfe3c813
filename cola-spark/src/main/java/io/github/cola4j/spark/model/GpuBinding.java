package io.github.cola4j.spark.model;

import io.github.cola4j.nn.kernels.nd4j.Nd4jBackend;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which device the thread of a Spark task computes on: the one whose address Spark gave the task as
 * resource {@code gpu}. Tasks that share a GPU by fractions get the same address. Without a GPU
 * they compute where ND4J does by itself, and the log says so once a JVM. docs/gpu.md has the
 * settings.
 */
public final class GpuBinding {
  static final String RESOURCE = "gpu";

  private static final Logger LOG = LoggerFactory.getLogger(GpuBinding.class);
  private static final AtomicReference<String> SAID = new AtomicReference<>();

  private GpuBinding() {}

  /**
   * A device, or why there is none.
   *
   * @param device ND4J's number; −1 for none
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
   * @return ND4J's number of the thread's device; 0 on the CPU
   */
  static int bind() {
    boolean cuda = !Nd4jBackend.isHost();
    int devices = cuda ? Nd4j.getAffinityManager().getNumberOfDevices() : 0;
    List<String> addresses = addresses();
    Choice choice = choose(addresses, cuda, devices, System.getenv("CUDA_VISIBLE_DEVICES"));
    if (choice.device() >= 0) {
      // of this thread alone; Spark's threads are used again, and the next task binds them anew
      if (Nd4j.getAffinityManager().getDeviceForCurrentThread() != choice.device()) {
        Nd4j.getAffinityManager().unsafeSetDevice(choice.device());
      }
      say("tasks compute on the GPUs that Spark gives them; one with " + addresses + " came first");
      return choice.device();
    }
    if (choice.reason() != null) {
      say(choice.reason());
    }
    return cuda ? Nd4j.getAffinityManager().getDeviceForCurrentThread() : 0;
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
   * @param cuda whether ND4J has its CUDA backend
   * @param devices that CUDA sees; it numbers them from 0
   * @param visible {@code CUDA_VISIBLE_DEVICES}, in whose order CUDA numbers devices; null if unset
   */
  static Choice choose(List<String> addresses, boolean cuda, int devices, String visible) {
    if (addresses.isEmpty()) {
      return Choice.none(
          cuda
              ? "Spark gives tasks no GPU, so ND4J chooses their devices; set"
                  + " spark.task.resource.gpu.amount (docs/gpu.md)"
              : null);
    }
    if (!cuda) {
      return Choice.none(
          "tasks have GPUs (the first has "
              + addresses
              + ") but compute on the CPU: ND4J runs on its CPU backend; submit the jar that"
              + " -Pcuda builds, and see whether this machine has CUDA 11.6 (docs/gpu.md)");
    }
    int device = number(addresses.get(0), visible);
    if (device < 0 || device >= devices) {
      return Choice.none(
          "expected the number of one of CUDA's "
              + devices
              + " devices as a task's GPU, got '"
              + addresses.get(0)
              + "', so ND4J chooses; see the discovery script and CUDA_VISIBLE_DEVICES"
              + " (docs/gpu.md)");
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
