package io.github.cola4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cola4j.adapter.AdapterConfig;
import io.github.cola4j.data.Example;
import io.github.cola4j.data.image.ImageBytes;
import io.github.cola4j.data.image.ImageDecoder;
import io.github.cola4j.data.image.RgbImage;
import io.github.cola4j.io.PeftTool;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.io.peft.PeftImport;
import io.github.cola4j.io.weights.Safetensors;
import io.github.cola4j.io.weights.SafetensorsWriter;
import io.github.cola4j.model.pooling.Pooling;
import io.github.cola4j.train.Classification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a Vision Transformer's folder: what is refused, and what PEFT's may be called. */
class ViTFolderTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String PROCESSOR = "preprocessor_config.json";
  private static final ImageBytes IMAGE = new ImageBytes(Goldens.bytes("encoder/vit/image-1.png"));

  @TempDir private Path folder;
  @TempDir private Path other;

  @BeforeEach
  void copy() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(Goldens.path("encoder/vit/model")))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
  }

  private void change(String file, Consumer<ObjectNode> change) throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(folder.resolve(file).toFile());
    change.accept(json);
    JSON.writeValue(folder.resolve(file).toFile(), json);
  }

  private void refused(String file, Consumer<ObjectNode> change, String... message)
      throws IOException {
    byte[] before = Files.readAllBytes(folder.resolve(file));
    change(file, change);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModel.load(folder.toString()))
        .satisfies(e -> assertThat(e.getMessage()).contains(file).contains(message));
    Files.write(folder.resolve(file), before);
  }

  @Test
  void whatIsNotComputedIsRefusedByName() throws IOException {
    refused(
        "config.json", json -> json.put("hidden_act", "gelu_new"), "hidden_act must be \"gelu\"");
    refused("config.json", json -> json.put("num_channels", 1), "num_channels must be 3");
    refused("config.json", json -> json.put("image_size", "10"), "image_size must be");
    refused("config.json", json -> json.put("patch_size", 40), "patch_size must be at most");
    refused(PROCESSOR, json -> json.put("do_center_crop", true), "do_center_crop must be false");
    refused(PROCESSOR, json -> json.put("do_pad", true), "do_pad must be false");
    refused(PROCESSOR, json -> json.put("resample", 0), "resample must be 1 (Lanczos)", "got 0");
    refused(PROCESSOR, json -> json.put("offset", true), "offset must be absent");
    refused(
        PROCESSOR,
        json -> json.put("image_processor_type", "CLIPImageProcessor"),
        "image_processor_type must be ViTImageProcessor");
    refused(
        PROCESSOR,
        json -> json.putObject("size").put("shortest_edge", 10),
        "size must be a number, or an object of height and width");
    refused(PROCESSOR, json -> json.put("size", 12), "size must be 10 × 13, the image_size");
    refused(PROCESSOR, json -> json.putArray("image_std").add(1), "image_std must be a number");
  }

  @Test
  void aFolderWithoutItsProcessor() throws IOException {
    Files.move(folder.resolve(PROCESSOR), folder.resolve("tokenizer.json"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BaseModel.load(folder.toString()))
        .withMessageContaining("it needs config.json, preprocessor_config.json and one of");
  }

  @Test
  void withoutResizingOtherSizesAreBad() throws IOException {
    change(PROCESSOR, json -> json.put("do_resize", false));
    BaseModel model = BaseModel.load(folder.toString());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.images().process(IMAGE))
        .withMessage("has another size than 10 × 13: got 17 × 31, and do_resize is false");
    ImageBytes exact = ImageDecoder.portable(new RgbImage(new byte[390], 10, 13));
    assertThat(model.images().process(exact)).hasSize(390).containsOnly(0);
  }

  @Test
  void textsAndImagesAreToldApart() {
    BaseModel model = BaseModel.load(folder.toString());
    Classification objective = new Classification(PeftTool.CLASSES, model.pooling());
    assertThat(model.pooling()).isEqualTo(Pooling.CLS);
    Example image = Example.of(IMAGE, "image-1.png", "law", 2);
    assertThat(objective.encode(model, 128, image).sample())
        .satisfies(sample -> assertThat(sample.length()).isEqualTo(2 * 3 + 1))
        .satisfies(sample -> assertThat(sample.weight()).isEqualTo(2))
        .satisfies(sample -> assertThat(sample.labels()).containsExactly(0));
    Example text = new Example("a text", null, "law");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> objective.encode(model, 128, text))
        .withMessageContaining("classifies images, got a text");
    BaseModel bert = BaseModel.load(Goldens.path("bert/model"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> objective.encode(bert, 128, image))
        .withMessageContaining("images need a vision transformer such as a ViT");
    assertThat(image).hasToString("Example[image=" + IMAGE + ", label=law, weight=2.0]");
  }

  /** Transformers 4 calls the modules as the weights' files do, transformers 5 otherwise. */
  @Test
  void peftOfTransformers4() throws IOException {
    BaseModel model = BaseModel.load(folder.toString());
    AdapterConfig config =
        AdapterConfig.of("lora").withRank(2).withTargets(List.of("q_proj", "fc2"));
    TrainedAdapter stored = PeftTool.random(model, config, 5);
    PeftExport.write(other, stored, model.transformer(), "base", PeftExport.Options.whole());
    PeftImport.Target target =
        new PeftImport.Target(
            "again", PeftTool.CLASSES, model.location(), model.fingerprint(), 64, null, null);
    TrainedAdapter expected = PeftImport.read(other, model.transformer(), target);
    Map<String, SafetensorsWriter.Tensor> renamed = new TreeMap<>();
    Path file = other.resolve("adapter_model.safetensors");
    try (Safetensors tensors = Safetensors.open(file)) {
      for (String name : tensors.names()) {
        String old =
            name.replace("vit.layers.", "vit.encoder.layer.")
                .replace("attention.q_proj", "attention.attention.query")
                .replace("mlp.fc2", "output.dense");
        long[] shape = tensors.shape(name);
        renamed.put(old, new SafetensorsWriter.Tensor(shape, tensors.read(name, shape)));
      }
    }
    assertThat(renamed)
        .containsKey(
            "base_model.model.vit.encoder.layer.0.attention.attention.query.lora_A.weight");
    SafetensorsWriter.write(file, renamed, Map.of("format", "pt"));
    ObjectNode json = (ObjectNode) JSON.readTree(other.resolve("adapter_config.json").toFile());
    json.putArray("target_modules").add("query").add("output.dense");
    JSON.writeValue(other.resolve("adapter_config.json").toFile(), json);
    TrainedAdapter again = PeftImport.read(other, model.transformer(), target);
    assertThat(again.theta()).isEqualTo(expected.theta());
  }
}
