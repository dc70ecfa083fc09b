using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Invocation;

/// <summary>Finds and checks the functions of an assembly. A wrong declaration fails the start, not the first call.</summary>
internal static class FunctionCatalog
{
    /// <summary>
    /// Parameters are compared by reference. Without the lock, two hosts that start together in one process could get different instances.
    /// </summary>
    private static readonly Lock Reflecting = new();

    /// <param name="check">Returns the errors of one function's declaration, except those of its name and its number of triggers.</param>
    /// <param name="together">Returns the conflicts between functions, except those between their names.</param>
    /// <exception cref="InvalidOperationException">One or more declarations are wrong. The message lists all errors.</exception>
    public static IReadOnlyList<FunctionEntry> Find(
        Assembly assembly,
        Func<FunctionEntry, IEnumerable<string>> check,
        Func<IReadOnlyList<FunctionEntry>, IEnumerable<string>> together
    )
    {
        lock (Reflecting)
        {
            return Find(assembly.GetTypes(), assembly.GetName().Name ?? "the application", check, together);
        }
    }

    internal static IReadOnlyList<FunctionEntry> Find(
        IEnumerable<Type> types,
        string where,
        Func<FunctionEntry, IEnumerable<string>>? check = null,
        Func<IReadOnlyList<FunctionEntry>, IEnumerable<string>>? together = null
    )
    {
        var problems = new List<string>();
        var entries = new List<FunctionEntry>();
        var methods = types.SelectMany(type =>
            type.GetMethods(
                BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly
            )
        );
        foreach (var method in methods)
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is not { } function)
            {
                continue;
            }

            var triggers = method
                .GetParameters()
                .Select(parameter => (Parameter: parameter, Trigger: parameter.GetCustomAttribute<TriggerBindingAttribute>()))
                .Where(found => found.Trigger is not null)
                .ToList();
            if (triggers is [{ Trigger: { } trigger } only])
            {
                var entry = new FunctionEntry(function.Name, method, only.Parameter, trigger);
                entries.Add(entry);
                problems.AddRange((check?.Invoke(entry) ?? []).Select(problem => $"{entry.Name} ({entry.EntryPoint}): {problem}"));
            }
            else
            {
                problems.Add(
                    $"{function.Name} ({method.DeclaringType?.FullName}.{method.Name}): it has {triggers.Count} triggers; "
                        + "a function has exactly one."
                );
            }
        }

        problems.AddRange(SameNames(entries));
        problems.AddRange(together?.Invoke(entries) ?? []);
        return problems.Count == 0
            ? entries
            : throw new InvalidOperationException(
                $"The functions of {where} are declared wrongly:{string.Concat(problems.Select(problem => $"\n  - {problem}"))}"
            );
    }

    /// <summary>Function names must be unique. So must the names that orchestrations call, per trigger type.</summary>
    private static IEnumerable<string> SameNames(IReadOnlyList<FunctionEntry> entries)
    {
        var byName = entries.GroupBy(entry => (Of: "the name", entry.Name.ToUpperInvariant()));
        var byDurableName = entries
            .Where(entry => entry.DurableName is not null)
            .GroupBy(entry => (Of: $"the {entry.Trigger.GetType().Name}'s name", entry.DurableName?.ToUpperInvariant() ?? ""));
        return byName
            .Concat(byDurableName.Where(group => group.DistinctBy(entry => entry.Name, StringComparer.OrdinalIgnoreCase).Count() > 1))
            .Where(group => group.Count() > 1)
            .Select(group =>
                $"{group.First().DurableName ?? group.First().Name}: {group.Key.Of} is used by "
                + $"{string.Join(" and ", group.Select(entry => entry.EntryPoint))}; names are compared without case."
            );
    }
}
