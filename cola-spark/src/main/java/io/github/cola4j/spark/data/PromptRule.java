package io.github.cola4j.spark.data;

import io.github.cola4j.spark.data.language.DialogueRule;
import io.github.cola4j.spark.data.row.ReadRow;
import io.github.cola4j.spark.data.row.RowRule;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** When a row can be answered: its task is one of those there are, and it is a dialogue. */
record PromptRule(DialogueRule dialogue, TaskColumn tasks) implements RowRule<PromptRow> {
  private static final String TASK = "task";

  @Override
  public Map<String, String> required(Collection<String> present) {
    Map<String, String> required = new LinkedHashMap<>();
    if (tasks.column() != null) {
      required.put(TASK, tasks.column());
    }
    required.putAll(dialogue.required(present));
    return required;
  }

  @Override
  public List<String> optional() {
    return new ArrayList<>(dialogue.optional());
  }

  @Override
  public String fixHint(String role) {
    return role.equals(TASK) ? "set --task-column" : "set --" + role;
  }

  @Override
  public PromptRow apply(Values values) throws BadRowException {
    return new PromptRow(tasks.of(values), dialogue.apply(values), dialogue.format(values), "", 0);
  }

  @Override
  public List<String> watched() {
    return dialogue.watched();
  }

  @Override
  public List<String> remarks(Values values, PromptRow row) {
    return dialogue.remarks(values, row.dialogue());
  }

  @Override
  public ReadRow<PromptRow> read(String file, long line, Values values, Supplier<String> content) {
    ReadRow<PromptRow> read = RowRule.super.read(file, line, values, content);
    PromptRow row = read.example();
    return row == null
        ? read
        : ReadRow.good(new PromptRow(row.task(), row.dialogue(), row.format(), file, line))
            .plus(read.remarks() == null ? List.of() : read.remarks());
  }
}
