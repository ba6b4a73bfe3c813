package io.github.cola4j.io.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.Goldens;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.nn.layer.FrozenLinear;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The layer of a classifier below its last one: PEFT saves it, here it is frozen. */
class PeftClassifierTest {
  private static final String TENSORS = "adapter_model.safetensors";

  @TempDir private Path folder;

  private static BaseModel model(String family) {
    return BaseModel.load(Goldens.path("encoder/" + family + "/model"));
  }

  /** The model as it is before anybody has trained a classifier. */
  private BaseModel withoutClassifier(String family) throws IOException {
    Path model = Path.of(Goldens.path("encoder/" + family + "/model"));
    Path plain = Files.createDirectories(folder.resolve("plain"));
    for (String file : new String[] {"config.json", "tokenizer.json"}) {
      Files.copy(model.resolve(file), plain.resolve(file));
    }
    Map<String, SafetensorsWriter.Tensor> kept =
        tensors(model.resolve("model.safetensors"), name -> !name.contains("classifier"));
    SafetensorsWriter.write(plain.resolve("model.safetensors"), kept, Map.of());
    return BaseModel.load(plain.toString());
  }

  private static Map<String, SafetensorsWriter.Tensor> tensors(Path file, Predicate<String> which) {
    Map<String, SafetensorsWriter.Tensor> tensors = new TreeMap<>();
    try (Safetensors source = Safetensors.open(file)) {
      source.names().stream()
          .filter(which)
          .forEach(
              name -> {
                long[] shape = source.shape(name);
                tensors.put(name, new SafetensorsWriter.Tensor(shape, source.read(name, shape)));
              });
    }
    return tensors;
  }

  private Path export(BaseModel model, Pooling pooling) throws IOException {
    TrainedAdapter random = PeftTool.random(model, AdapterConfig.lora(2), 5);
    TrainedAdapter stored = random.withDescription(random.description().withPooling(pooling));
    Path peft = Files.createDirectories(folder.resolve("peft"));
    PeftExport.write(peft, stored, model.transformer(), "base", PeftExport.Options.whole());
    return peft;
  }

  private static TrainedAdapter read(Path peft, BaseModel model, PeftImport.Head head) {
    PeftImport.Target target =
        new PeftImport.Target(
            "t", PeftTool.CLASSES, model.location(), model.fingerprint(), 64, null, head);
    return PeftImport.read(peft, model.transformer(), target);
  }

  @ParameterizedTest
  @CsvSource({"roberta, classifier.dense", "distilbert, pre_classifier", "mpnet, classifier.dense"})
  void itIsWrittenAsTheModelHasIt(String family, String layer) throws IOException {
    BaseModel model = model(family);
    Path peft = export(model, Pooling.HEAD);
    Path files = Path.of(model.location(), "model.safetensors");
    try (Safetensors written = Safetensors.open(peft.resolve(TENSORS));
        Safetensors own = Safetensors.open(files)) {
      for (String name : new String[] {layer + ".weight", layer + ".bias"}) {
        long[] shape = own.shape(name);
        assertThat(written.read("base_model.model." + name, shape))
            .isEqualTo(own.read(name, shape));
      }
    }
    assertThat(read(peft, model, null).description().pooling()).isEqualTo(Pooling.HEAD);
  }

  @ParameterizedTest
  @CsvSource({"roberta, classifier.dense", "distilbert, pre_classifier"})
  void zerosStandForOneThatTheModelHasNot(String family, String layer) throws IOException {
    BaseModel model = withoutClassifier(family);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.encoder(Pooling.HEAD))
        .withMessageContaining("expected mean, cls or last, got head");
    Path peft = export(model, Pooling.MEAN);
    int d = model.transformer().config().hiddenSize();
    try (Safetensors written = Safetensors.open(peft.resolve(TENSORS))) {
      assertThat(written.read("base_model.model." + layer + ".weight", d, d)).containsOnly(0);
      assertThat(written.read("base_model.model." + layer + ".bias", d)).containsOnly(0);
    }
    assertThat(read(peft, model, null).description().pooling()).isEqualTo(Pooling.MEAN);
  }

  /** PEFT saves no module of another name than the classifier's: it is the model's own. */
  @ParameterizedTest
  @CsvSource({"modernbert, head.dense", "deberta-v2, pooler.dense"})
  void oneOfAnotherNameIsNotWritten(String family, String layer) throws IOException {
    BaseModel model = model(family);
    assertThat(model.encoder(Pooling.HEAD).classifierLayers())
        .extracting(FrozenLinear::name)
        .containsExactly(layer);
    Path peft = export(model, Pooling.HEAD);
    assertThat(tensors(peft.resolve(TENSORS), name -> name.contains(layer))).isEmpty();
    assertThat(read(peft, model, null).description().pooling()).isEqualTo(Pooling.HEAD);
    assertThat(read(peft, model, PeftImport.Head.HEAD).description().pooling())
        .isEqualTo(Pooling.HEAD);
  }

  @Test
  void oneThatWasTrainedIsRefusedWhereTheHeadNeedsIt() throws IOException {
    BaseModel model = model("roberta");
    Path peft = export(model, Pooling.HEAD);
    Map<String, SafetensorsWriter.Tensor> tensors = tensors(peft.resolve(TENSORS), name -> true);
    tensors.get("base_model.model.classifier.dense.bias").data()[3] += 0.5f;
    SafetensorsWriter.write(peft.resolve(TENSORS), tensors, Map.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(peft, model, PeftImport.Head.HEAD))
        .withMessageContainingAll("classifier.dense.bias", "it was trained", "--head OTHER");
    assertThat(read(peft, model, PeftImport.Head.MEAN).description().pooling())
        .isEqualTo(Pooling.MEAN);
  }
}
