using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace MeshPort.Runtime.Invocation;

/// <summary>The functions of an assembly, checked: a wrong declaration is found at start-up, not when it is first called.</summary>
internal static class FunctionCatalog
{
    /// <summary>A method's parameters are compared by reference; two hosts that start at once in one process would each be given their own.</summary>
    private static readonly Lock Reflecting = new();

    /// <param name="check">What is wrong with a function's declaration, beside its name and the number of its triggers.</param>
    /// <param name="together">What is wrong with the functions as they stand beside one another, besides their names.</param>
    /// <exception cref="InvalidOperationException">One or more functions are declared wrongly; the message lists all of them.</exception>
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
                    $"{function.Name} ({method.DeclaringType?.FullName}.{method.Name}): it has {triggers.Count} triggers; a function has exactly one."
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

    /// <summary>Names must differ, and so must those that orchestrations call by: Orchestration and Activity of the triggers.</summary>
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
                $"{group.First().DurableName ?? group.First().Name}: {group.Key.Of} is used by {string.Join(" and ", group.Select(entry => entry.EntryPoint))}; names are compared without case."
            );
    }
}
