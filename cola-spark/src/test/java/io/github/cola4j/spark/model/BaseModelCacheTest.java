package io.github.cola4j.spark.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.model.BaseModel;
import io.github.cola4j.spark.TinyTasks;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BaseModelCacheTest {
  @TempDir Path folder;

  @Test
  void manyThreadsGetOneModel() throws Exception {
    Path copy = TinyTasks.copy(folder.resolve("model"), " \n");
    ModelReference reference =
        new ModelReference(copy.toString(), BaseModel.load(copy.toString()).fingerprint());
    int before = BaseModelCache.loads();
    CyclicBarrier together = new CyclicBarrier(4);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<BaseModel>> models =
          IntStream.range(0, 4)
              .mapToObj(
                  i ->
                      threads.submit(
                          () -> {
                            together.await();
                            return BaseModelCache.get(reference);
                          }))
              .toList();
      BaseModel first = models.get(0).get();
      for (Future<BaseModel> model : models) {
        assertThat(model.get()).isSameAs(first);
      }
      assertThat(BaseModelCache.load(copy.toString())).isSameAs(first);
      assertThat(BaseModelCache.loads() - before).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void refusesAnotherModelAtThePlace() throws IOException {
    Path copy = TinyTasks.copy(folder.resolve("model"), "\n\n");
    ModelReference reference = new ModelReference(copy.toString(), "0".repeat(64));

    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> BaseModelCache.get(reference))
          .withMessageContaining(copy.toString())
          .withMessageContaining("expected " + "0".repeat(64));
    }
  }

  /** As in a notebook that tries one after the other. */
  @Test
  void theTwoModelsUsedLastStayAndOthersAsLongAsTheyAreHeld() throws Exception {
    List<WeakReference<BaseModel>> models = new ArrayList<>();
    BaseModel held = BaseModelCache.load(TinyTasks.copy(folder.resolve("held"), "\n").toString());
    int before = BaseModelCache.loads();
    for (int i = 1; i <= 10; i++) {
      Path copy = TinyTasks.copy(folder.resolve("model" + i), " ".repeat(i));
      models.add(new WeakReference<>(BaseModelCache.load(copy.toString())));
    }
    for (int i = 0; i < 8; i++) {
      WeakReference<BaseModel> model = models.get(i);
      await(() -> model.get() == null);
    }
    for (int i = 8; i < 10; i++) {
      assertThat(BaseModelCache.load(folder.resolve("model" + (i + 1)).toString()))
          .isSameAs(models.get(i).get())
          .isNotNull();
    }
    assertThat(BaseModelCache.load(folder.resolve("held").toString())).isSameAs(held);
    assertThat(BaseModelCache.loads() - before).isEqualTo(10);
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    for (int i = 0; i < 100 && !condition.getAsBoolean(); i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }
}
