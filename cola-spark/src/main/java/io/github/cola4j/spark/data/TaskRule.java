package io.github.cola4j.spark.data;

import io.github.cola4j.spark.data.row.RowRule;
import java.io.Serializable;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Another rule, for rows of many tasks.
 *
 * @param tasks which of them a row is of
 * @param rule what the other columns must have
 */
record TaskRule<T extends Serializable>(TaskColumn tasks, RowRule<T> rule)
    implements RowRule<TaskRow<T>> {
  private static final String TASK = "task";

  @Override
  public Map<String, String> required(Collection<String> present) {
    Map<String, String> required = new LinkedHashMap<>();
    if (tasks.column() != null) {
      required.put(TASK, tasks.column()); // first, so that sorted rows of a task lie together
    }
    required.putAll(rule.required(present));
    return required;
  }

  @Override
  public List<String> optional() {
    return rule.optional();
  }

  @Override
  public List<String> watched() {
    return rule.watched().stream().filter(name -> !name.equals(tasks.column())).toList();
  }

  @Override
  public String remark(String name) {
    return rule.remark(name);
  }

  @Override
  public List<String> remarks(Values values, TaskRow<T> row) {
    return rule.remarks(values, row.example());
  }

  @Override
  public Set<String> notKept() {
    return rule.notKept();
  }

  @Override
  public String fixHint(String role) {
    if (tasks.tasks().isEmpty()) {
      return "name the column of the " + role;
    }
    return role.equals(TASK) ? "set --task-column" : rule.fixHint(role);
  }

  @Override
  public TaskRow<T> apply(Values values) throws BadRowException {
    return new TaskRow<>(tasks.of(values), rule.apply(values));
  }

  /** The row's task with each of its labels, or with an empty one. */
  @Override
  public List<String> labels(TaskRow<T> row) {
    List<String> labels = rule.labels(row.example());
    return (labels.isEmpty() ? List.of("") : labels)
        .stream().map(label -> new TaskRow.Key(row.task(), label).encoded()).toList();
  }
}
