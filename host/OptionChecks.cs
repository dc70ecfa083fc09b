using System.CommandLine;

namespace MeshPort.Host;

/// <summary>Validates options. The error names the option and the expected value.</summary>
internal static class OptionChecks
{
    public const string Port = "a number from 0 to 65535";

    public static bool IsPort(string text) => int.TryParse(text, out var number) && number is >= 0 and <= 65535;

    public static T Must<T>(this T option, Func<string, bool> be, string expected)
        where T : Option
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !be(token.Value))
            {
                result.AddError($"{option.Name} is '{token.Value}'; write {expected}.");
            }
        });
        return option;
    }

    /// <summary>Requires a path of a file or a directory.</summary>
    public static Option<T> MustBeAPath<T>(this Option<T> option) => option.Must(text => !string.IsNullOrWhiteSpace(text), "a path");
}
