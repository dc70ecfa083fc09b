using System.Globalization;

namespace MeshPort.Sandbox.Kubernetes.Definitions.Cel;

/// <summary>
/// Compiles the subset of the Common Expression Language that the served definitions use: conditionals, logic, comparison, <c>in</c>, sums,
/// fields, indexes, lists, the macros <c>has</c>, <c>all</c>, <c>exists</c> and <c>exists_one</c>, and <see cref="CelFunctions"/>.
/// </summary>
internal sealed class CelParser
{
    private readonly IReadOnlyList<CelToken> _tokens;
    private int _at;

    private CelParser(string text) => _tokens = CelLexer.Read(text);

    /// <exception cref="NotSupportedException">The text is outside the subset.</exception>
    public static CelExpression Parse(string text)
    {
        var parser = new CelParser(text);
        var expression = parser.Conditional();
        return parser._tokens[parser._at].Kind == CelTokenKind.End ? expression : throw parser.Unexpected();
    }

    private CelExpression Conditional()
    {
        var condition = Or();
        if (!Take("?"))
        {
            return condition;
        }

        var yes = Conditional();
        Expect(":");
        var no = Conditional();
        return scope => CelValue.Truth(condition(scope)) ? yes(scope) : no(scope);
    }

    private CelExpression Or()
    {
        var left = And();
        while (Take("||"))
        {
            left = Either(left, And(), decides: true);
        }

        return left;
    }

    private CelExpression And()
    {
        var left = Relation();
        while (Take("&&"))
        {
            left = Either(left, Relation(), decides: false);
        }

        return left;
    }

    /// <summary>Either side alone can decide, even when the other fails to evaluate.</summary>
    private static CelExpression Either(CelExpression left, CelExpression right, bool decides) =>
        scope =>
        {
            try
            {
                if (CelValue.Truth(left(scope)) == decides)
                {
                    return decides;
                }
            }
            catch (CelException)
            {
                if (CelValue.Truth(right(scope)) == decides)
                {
                    return decides;
                }

                throw;
            }

            return CelValue.Truth(right(scope));
        };

    private CelExpression Relation()
    {
        var left = Sum();
        while (_tokens[_at] is { Kind: CelTokenKind.Symbol, Value: "==" or "!=" or "<" or "<=" or ">" or ">=" or "in" } token)
        {
            _at++;
            left = Relation(left, token.Value, Sum());
        }

        return left;
    }

    private static CelExpression Relation(CelExpression left, string sign, CelExpression right) =>
        sign switch
        {
            "==" => scope => CelValue.Same(left(scope), right(scope)),
            "!=" => scope => !CelValue.Same(left(scope), right(scope)),
            "<" => scope => CelValue.Order(left(scope), right(scope)) < 0,
            "<=" => scope => CelValue.Order(left(scope), right(scope)) <= 0,
            ">" => scope => CelValue.Order(left(scope), right(scope)) > 0,
            ">=" => scope => CelValue.Order(left(scope), right(scope)) >= 0,
            _ => scope => left(scope) is var value && CelValue.Range(right(scope)).Any(item => CelValue.Same(value, item)),
        };

    private CelExpression Sum()
    {
        var left = Unary();
        while (Take("+"))
        {
            var (first, second) = (left, Unary());
            left = scope =>
                (first(scope), second(scope)) switch
                {
                    (long one, long other) => one + other,
                    (string one, string other) => one + other,
                    _ => throw new CelException("no such overload"),
                };
        }

        return left;
    }

    private CelExpression Unary()
    {
        if (Take("!"))
        {
            var operand = Unary();
            return scope => !CelValue.Truth(operand(scope));
        }

        var value = Primary();
        while (true)
        {
            if (Take("."))
            {
                value = Member(value, Name());
            }
            else if (Take("["))
            {
                var (list, index) = (value, Conditional());
                Expect("]");
                value = scope =>
                    index(scope) is long at && CelValue.Range(list(scope)) is var items && at >= 0 && at < items.Count
                        ? items[(int)at]
                        : throw new CelException("index out of bounds");
            }
            else
            {
                return value;
            }
        }
    }

    private CelExpression Member(CelExpression value, string name)
    {
        if (!Take("("))
        {
            return scope => CelValue.Field(value(scope), name);
        }

        return name is "all" or "exists" or "exists_one" ? Macro(value, name) : CelFunctions.Call(name, [value, .. Arguments()]);
    }

    private CelExpression Macro(CelExpression range, string name)
    {
        var variable = Name();
        Expect(",");
        var body = Conditional();
        Expect(")");
        bool Holds(CelScope scope, object? item) => CelValue.Truth(body(new CelScope(variable, item, scope)));
        return name switch
        {
            "all" => scope => CelValue.Range(range(scope)).All(item => Holds(scope, item)),
            "exists" => scope => CelValue.Range(range(scope)).Any(item => Holds(scope, item)),
            _ => scope => CelValue.Range(range(scope)).Count(item => Holds(scope, item)) == 1,
        };
    }

    private CelExpression Primary()
    {
        var token = _tokens[_at++];
        switch (token.Kind)
        {
            case CelTokenKind.Text:
                return _ => token.Value;
            case CelTokenKind.Number:
                var number = long.Parse(token.Value, CultureInfo.InvariantCulture);
                return _ => number;
            case CelTokenKind.Name when token.Value is "true" or "false":
                var flag = token.Value == "true";
                return _ => flag;
            case CelTokenKind.Name when token.Value == "has" && Take("("):
                return Presence();
            case CelTokenKind.Name when Take("("):
                return CelFunctions.Call(token.Value, Arguments());
            case CelTokenKind.Name:
                return scope => scope.Find(token.Value);
            case CelTokenKind.Symbol when token.Value == "(":
                var inner = Conditional();
                Expect(")");
                return inner;
            case CelTokenKind.Symbol when token.Value == "[":
                var items = Arguments("]");
                return scope => items.Select(item => item(scope)).ToArray();
            default:
                _at--;
                throw Unexpected();
        }
    }

    /// <summary><c>has(a.b.c)</c> tests only for the presence of the last field.</summary>
    private CelExpression Presence()
    {
        var root = Name();
        CelExpression target = scope => scope.Find(root);
        Expect(".");
        var field = Name();
        while (Take("."))
        {
            var (owner, passed) = (target, field);
            target = scope => CelValue.Field(owner(scope), passed);
            field = Name();
        }

        Expect(")");
        return scope => CelValue.Has(target(scope), field);
    }

    private List<CelExpression> Arguments(string end = ")")
    {
        var all = new List<CelExpression>();
        while (!Take(end))
        {
            all.Add(Conditional());
            if (_tokens[_at].Value != end)
            {
                Expect(",");
            }
        }

        return all;
    }

    private string Name() => _tokens[_at].Kind == CelTokenKind.Name ? _tokens[_at++].Value : throw Unexpected();

    private bool Take(string symbol)
    {
        if (_tokens[_at].Kind != CelTokenKind.Symbol || _tokens[_at].Value != symbol)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol))
        {
            throw Unexpected();
        }
    }

    private NotSupportedException Unexpected() =>
        new($"Unexpected {(_tokens[_at].Kind == CelTokenKind.End ? "end" : _tokens[_at].Value)} in a CEL rule.");
}
