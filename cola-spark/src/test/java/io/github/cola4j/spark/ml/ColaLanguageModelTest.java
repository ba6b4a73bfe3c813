package io.github.cola4j.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.cola4j.data.Dialogue;
import io.github.cola4j.io.adapter.AdapterStore;
import io.github.cola4j.io.adapter.TrainedAdapter;
import io.github.cola4j.io.peft.PeftExport;
import io.github.cola4j.model.BaseModel;
import io.github.cola4j.model.generate.Sampling;
import io.github.cola4j.model.preference.PreferenceConfig;
import io.github.cola4j.spark.LocalSparkTest;
import io.github.cola4j.spark.MultiTaskTrainer;
import io.github.cola4j.spark.TinyModel;
import io.github.cola4j.spark.TinyTasks;
import io.github.cola4j.spark.cli.Cola;
import io.github.cola4j.spark.data.PromptRow;
import io.github.cola4j.spark.data.language.DialogueFormat;
import io.github.cola4j.spark.inference.LanguageModelRunner;
import io.github.cola4j.spark.model.BaseModelCache;
import io.github.cola4j.spark.training.TaskTable;
import io.github.cola4j.spark.training.TrainedTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeoutException;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Language models on the tiny Llama. */
class ColaLanguageModelTest extends LocalSparkTest {
  private static final StructType SCHEMA =
      StructType.fromDDL(
          "id long, kind string, instruction string, output string, held boolean,"
              + " messages array<struct<role: string, content: string>>");

  private static Dataset<Row> rows;
  private static ColaLanguageModel estimator;
  private static ColaGenerationModel fitted;

  @TempDir Path folder;

  @BeforeAll
  static void fit() {
    TinyRows.quicken(session);
    rows = rows();
    estimator = languageModel().setTaskCol("kind").setValidationIndicatorCol("held");
    fitted = estimator.fit(rows);
  }

  /** Two tasks by turns, as messages and as instructions. */
  static Dataset<Row> rows() {
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      String question = "say " + i % 12;
      String answer = i % 2 == 0 ? "yes" : "no " + i % 5;
      all.add(
          RowFactory.create(
              (long) i,
              i % 2 == 0 ? "yea" : "nay",
              question,
              answer,
              i % 6 == 5,
              new Row[] {
                RowFactory.create("user", question), RowFactory.create("assistant", answer)
              }));
    }
    return session.createDataFrame(all, SCHEMA).repartition(3).cache();
  }

  static ColaLanguageModel languageModel() {
    return new ColaLanguageModel()
        .setModel(TinyModel.LLAMA.toString())
        .setTemplate("plain")
        .setA(2)
        .setB(3)
        .setRank(2)
        .setEpochs(1)
        .setBatchSize(4)
        .setMaxLength(40)
        .setLearningRate(1e-2)
        .setMetric("loss")
        .setMaxNewTokens(6)
        .setSeed(5);
  }

  @Test
  void textsAreLearntAsTheyAre() {
    ColaLanguageModel texts = languageModel().setTextCol("output").setTaskCol("kind").setEpochs(4);
    Dataset<Row> own = rows.select("id", "kind", "output");
    ColaGenerationModel model = texts.fit(own);
    assertThat(model.tasks()).containsExactly("nay", "yea");
    assertThat(model.summary().rounds().select("validationLoss").collectAsList())
        .extracting(row -> row.getDouble(0))
        .isNotEmpty();
    List<Row> rounds =
        model.summary().rounds().where("task = 'yea'").orderBy("round").collectAsList();
    assertThat(rounds.get(rounds.size() - 1).<Double>getAs("validationLoss"))
        .isLessThan(rounds.get(0).<Double>getAs("validationLoss"));
    assertThat(answers(model.transform(rows))).doesNotContainNull();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> texts.copy(ParamMap.empty()).setTextCol("none").fit(own))
        .withMessageContaining("textCol is 'none', which is none of the columns");
  }

  @Test
  void preferencesAreLearnt() {
    StructType schema = StructType.fromDDL("ask string, better string, worse string");
    List<Row> pairs = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      pairs.add(RowFactory.create("say " + i, "yes " + i % 3, "no " + i % 4));
    }
    Dataset<Row> table = session.createDataFrame(pairs, schema);
    ColaLanguageModel preferences =
        languageModel()
            .setPromptCol("ask")
            .setChosenCol("better")
            .setRejectedCol("worse")
            .setBeta(0.2)
            .setLabelSmoothing(0.05)
            .setEpochs(4);
    ColaGenerationModel model = preferences.fit(table);
    Row last = model.summary().rounds().orderBy(functions.col("round").desc()).head();
    assertThat(last.<Double>getAs("margin")).isPositive();
    assertThat(last.<Double>getAs("accuracy")).isEqualTo(1.0);
    assertThat(last.<Double>getAs("validationLoss")).isLessThan(Math.log(2));
    assertThat(model.adapters().get(0).description().preference())
        .isEqualTo(new PreferenceConfig(0.2, 0.05));
    TrainedAdapter adapter = model.adapters().get(0);
    Map<String, String> columns = Map.of("format", "preference", "chosen", "better");
    AdapterStore.save(
        folder.resolve("adapter"),
        adapter.withDescription(adapter.description().withColumns(columns)));
    ColaGenerationModel read = ColaGenerationModel.ofAdapters(folder.resolve("adapter").toString());
    assertThat(read.getMessagesCol()).isEqualTo("messages");
    assertThat(read.getInstructionCol()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> preferences.copy(ParamMap.empty()).setTextCol("ask").fit(table))
        .withMessageContaining("textCol and chosenCol are both set");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> preferences.copy(ParamMap.empty()).setBeta(0))
        .withMessageContaining("beta");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> preferences.copy(ParamMap.empty()).setPromptCol("asked").fit(table))
        .withMessageContaining("promptCol is 'asked', which is none of the columns");
  }

  private static List<String> answers(Dataset<Row> out) {
    return out.orderBy("id").collectAsList().stream()
        .map(row -> row.<String>getAs("answer"))
        .toList();
  }

  @Test
  void isTheTrainerAndTheRunnerOfOtherPrograms() {
    BaseModel base = BaseModelCache.load(TinyModel.LLAMA.toString());
    MultiTaskTrainer trainer =
        new MultiTaskTrainer(
            session,
            base,
            estimator.adapterConfig(),
            estimator.trainingConfig(),
            estimator.roundConfig());
    List<TrainedTask> expected;
    try (TaskTable<Dialogue> train = table(rows.where("not held"));
        TaskTable<Dialogue> validation = train.like(rows.where("held"))) {
      expected = trainer.train(train.tasks(validation));
    }
    assertThat(fitted.tasks()).containsExactly("nay", "yea");
    for (int t = 0; t < 2; t++) {
      assertThat(fitted.adapters().get(t).theta()).isEqualTo(expected.get(t).theta());
    }
    assertThat(fitted.summary().tasks().count()).isEqualTo(2);

    List<PromptRow> prompts =
        rows.orderBy("id").collectAsList().stream()
            .map(
                row ->
                    new PromptRow(
                        row.getAs("kind"),
                        Dialogue.question(row.getAs("instruction")),
                        DialogueFormat.CHAT,
                        "rows",
                        row.<Long>getAs("id")))
            .toList();
    try (LanguageModelRunner runner = new LanguageModelRunner(session, fitted.adapters(), base)) {
      assertThat(answers(fitted.transform(rows)))
          .isEqualTo(
              runner.answer(spark.parallelize(prompts, 2), Sampling.greedy(6)).collect().stream()
                  .map(LanguageModelRunner.Answer::text)
                  .toList());
    }
  }

  private static TaskTable<Dialogue> table(Dataset<Row> some) {
    return TaskTable.ofDialogues(
        some, "kind", DialogueFormat.CHAT, estimator.dialogues(), estimator.promptConfig(), 0);
  }

  @Test
  void addsColumnsToAllThatRowsHave() {
    Dataset<Row> asked =
        rows.withColumn("messages", functions.expr("if(id = 7, null, messages)"))
            .withColumn("kind", functions.expr("if(id = 3, 'perhaps', kind)"))
            .withMetadata("id", new MetadataBuilder().putLong("x", 1).build());
    ColaGenerationModel model =
        fitted.copy(new ParamMap()).setAnswerCol("said").setCutCol("cut").setReasonCol("why");
    Dataset<Row> out = model.transform(asked);
    assertThat(out.schema()).isEqualTo(model.transformSchema(asked.schema()));
    assertThat(out.columns())
        .containsExactly(
            "id", "kind", "instruction", "output", "held", "messages", "said", "cut", "why");
    List<Row> all = out.orderBy("id").collectAsList();
    List<Row> given = asked.orderBy("id").collectAsList();
    for (int i = 0; i < given.size(); i++) {
      Row row = all.get(i);
      for (String column : asked.columns()) {
        assertThat(row.<Object>getAs(column)).isEqualTo(given.get(i).getAs(column));
      }
      assertThat(row.<String>getAs("said") == null).isEqualTo(i == 7 || i == 3);
      assertThat(row.<Boolean>getAs("cut") == null).isEqualTo(i == 7 || i == 3);
    }
    assertThat(all.get(7).<String>getAs("why")).isEqualTo("column 'messages' is null");
    assertThat(all.get(3).<String>getAs("why")).isEqualTo("task 'perhaps' is none of [nay, yea]");
    assertThat(all).extracting(row -> row.<Boolean>getAs("cut")).contains(true);
  }

  /** As JSON or as instructions, in any partitions, rows have the answers of their prompts. */
  @Test
  void answersFollowFromThePrompt() {
    ColaGenerationModel drawing = fitted.copy(new ParamMap()).setTemperature(0.9).setTopP(0.95);
    List<String> drawn = answers(drawing.transform(rows));
    assertThat(answers(drawing.transform(rows.orderBy(functions.desc("id")).coalesce(1))))
        .isEqualTo(drawn);
    assertThat(
            answers(
                drawing.transform(
                    rows.withColumn("messages", functions.to_json(functions.col("messages"))))))
        .isEqualTo(drawn);
    assertThat(
            answers(
                drawing
                    .copy(new ParamMap())
                    .setInstructionCol("instruction")
                    .transform(rows.drop("messages", "output").repartition(5))))
        .isEqualTo(drawn);
    assertThat(drawn.subList(0, 12)).as("the same prompts").isEqualTo(drawn.subList(12, 24));
    assertThat(answers(drawing.copy(new ParamMap()).setSeed(6).transform(rows)))
        .isNotEqualTo(drawn);
    assertThat(answers(fitted.transform(rows))).isNotEqualTo(drawn);
  }

  @Test
  void instructionsAreLearntAsTheMessagesThatTheyAre() throws IOException {
    Dataset<Row> instructions = rows.drop("messages");
    PipelineModel pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  estimator.copy(new ParamMap()).setInstructionCol("instruction")
                })
            .fit(instructions);
    ColaGenerationModel model = (ColaGenerationModel) pipeline.stages()[0];
    assertThat(model.adapters().get(0).theta()).isEqualTo(fitted.adapters().get(0).theta());
    pipeline.save(folder.resolve("pipeline").toUri().toString());
    PipelineModel read = PipelineModel.load(folder.resolve("pipeline").toUri().toString());
    assertThat(answers(read.transform(instructions))).isEqualTo(answers(fitted.transform(rows)));
    assertThat(((ColaGenerationModel) read.stages()[0]).hasSummary()).isFalse();
    assertThat(((ColaGenerationModel) read.stages()[0]).sampling()).isEqualTo(fitted.sampling());
  }

  @Test
  void anEstimatorIsReadAsItWasWritten() throws IOException {
    estimator.save(folder.resolve("estimator").toString());
    ColaLanguageModel read = ColaLanguageModel.load(folder.resolve("estimator").toString());
    assertThat(read.promptConfig()).isEqualTo(estimator.promptConfig());
    assertThat(read.sampling()).isEqualTo(estimator.sampling());
    assertThat(read.trainingConfig()).isEqualTo(estimator.trainingConfig());
    assertThat(read.dialogues()).isEqualTo(estimator.dialogues());
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> languageModel().setModel(TinyTasks.folder().toString()).fit(rows))
        .withMessageContaining("language modelling needs a decoder such as a Llama");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                languageModel()
                    .setMessagesCol("messages")
                    .setInstructionCol("instruction")
                    .fit(rows))
        .withMessageContaining("messagesCol and instructionCol are both set; set one of them");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> languageModel().setMessagesCol("id").fit(rows))
        .withMessageContaining("messagesCol 'id' is of type bigint, expected an array of structs");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> languageModel().setInstructionCol("instruction").fit(rows.drop("output")))
        .withMessageContaining("outputCol is 'output', which is none of the columns");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> languageModel().setTopP(0))
        .withMessageContaining("param topP: topP must be above 0 and at most 1, got 0.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fitted.transform(rows.withColumn("answer", functions.lit(1))))
        .withMessageContaining("there is a column 'answer' already, and answerCol would add");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fitted.copy(new ParamMap()).setTaskCol("").transform(rows))
        .withMessageContaining("there are the tasks [nay, yea]; name the column");
  }

  @Test
  void everyParamIsDocumentedAndSparkFindsThem() {
    TinyRows.requireDocumented(new ColaLanguageModel());
    TinyRows.requireDocumented(fitted);
    assertThat(ServiceLoader.load(Estimator.class).stream())
        .anyMatch(each -> each.type() == ColaLanguageModel.class);
    assertThat(ServiceLoader.load(Transformer.class))
        .anyMatch(ColaGenerationModel.class::isInstance);
  }

  @Test
  void transformsStreams() throws IOException, TimeoutException, StreamingQueryException {
    Path input = Files.createDirectory(folder.resolve("in"));
    Files.writeString(
        input.resolve("one.json"),
        """
        {"kind": "yea", "messages": [{"role": "user", "content": "say 1"}]}
        {"kind": "yea"}
        """);
    Dataset<Row> stream =
        session.readStream().schema(SCHEMA).json(input.toString()).select("kind", "messages");
    StreamingQuery query =
        fitted
            .transform(stream)
            .writeStream()
            .format("memory")
            .queryName("said")
            .option("checkpointLocation", folder.resolve("state").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    query.awaitTermination();
    assertThat(session.table("said").where("answer is not null").count()).isEqualTo(1);
    assertThat(session.table("said").count()).isEqualTo(2);
  }

  @Test
  void anAdapterIsExportedAsTheCommandDoes() throws IOException {
    fitted.write().save(folder.resolve("model").toString());
    Path byCommand = folder.resolve("command");
    String stored = folder.resolve("model/adapters/yea").toString();
    assertThat(Cola.commandLine().execute("export", stored, "--output", byCommand.toString()))
        .isZero();
    Path exported = folder.resolve("exported");
    PeftExport.Summary summary = fitted.exportPeft(exported.toString(), "yea", false);
    assertThat(summary.peftType()).isEqualTo("LORA");
    for (String file :
        List.of("adapter_model.safetensors", "adapter_config.json", PeftExport.DESCRIPTION)) {
      assertThat(exported.resolve(file)).hasSameBinaryContentAs(byCommand.resolve(file));
    }

    assertThatIllegalArgumentException()
        .isThrownBy(() -> fitted.exportPeft(exported.toString(), "yea", false))
        .withMessageContaining("exported");
    ColaGenerationModel read = ColaGenerationModel.load(folder.resolve("model").toString());
    read.exportPeft(exported.toUri().toString(), "nay", true);
    assertThat(exported.resolve(PeftExport.DESCRIPTION)).content().contains("\"nay\"");
    assertThatIllegalStateException()
        .isThrownBy(() -> fitted.exportPeft(folder.resolve("other").toString()))
        .withMessageContaining("has the tasks [nay, yea]; name one of them");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fitted.exportPeft(folder.resolve("other").toString(), "no", false))
        .withMessageContaining("has no task 'no', but [nay, yea]");
    assertThat(folder.resolve("other")).doesNotExist();
  }
}
