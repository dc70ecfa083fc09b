namespace MeshPort.Benchmarks.Scale;

/// <summary>
/// The looks of a fleet at Azure's token buckets, second by second. Pure, and the same for the same plan. The buckets are those of the
/// sandbox: of each subscription and caller at Azure Resource Manager, and of each subscription at AKS. The bucket of one cluster at AKS
/// (60, one a second) never binds: a look reads its cluster once.
/// <code>
/// a look                                   | it asks for
/// -----------------------------------------+-----------------------------------------------------------------
/// each                                     | a kubeconfig, where the known one has expired
/// without AzureResync, or when that is due | the reads of Azure, too
/// that was refused                         | one read more and all reads again: it has become a convergence
/// </code>
/// A refused request is sent again after a second, the Retry-After of the sandbox. The time of answers is not simulated.
/// </summary>
internal sealed class ScaleSimulation
{
    /// <summary>After it, conditions that cannot be observed become Unknown (FaultWatch).</summary>
    private const int Grace = 45;
    private const int SecondsOfDay = 86_400;
    private static readonly DateTimeOffset Epoch = DateTimeOffset.UnixEpoch;
    private readonly ScalePlan _plan;
    private readonly Random _random;
    private readonly int _from;
    private readonly int _end;
    private readonly ClusterLook[] _clusters;
    private readonly List<int>?[] _due;
    private readonly SubscriptionBuckets[] _subscriptions;
    private readonly AgeDistribution _cluster = new();
    private readonly AgeDistribution _azure = new();
    private long _answered;
    private long _refused;
    private long _unknown;

    private ScaleSimulation(ScalePlan plan)
    {
        _plan = plan;
        _random = new Random(plan.Seed);
        _from = plan.IsRestart ? 0 : Seconds(plan.WarmUp);
        _end = _from + Seconds(plan.Measured);
        _due = new List<int>?[_end];
        _subscriptions = [.. Enumerable.Range(0, plan.Subscriptions).Select(_ => new SubscriptionBuckets(Epoch))];
        _clusters = new ClusterLook[plan.Clusters];
        for (var cluster = 0; cluster < plan.Clusters; cluster++)
        {
            _clusters[cluster] = new ClusterLook
            {
                Pause = Seconds(plan.Resync),
                Expires = plan.IsRestart ? 0 : _random.Next(Seconds(plan.Kubeconfig)),
                SeenAzure = -_random.Next(Seconds(plan.AzureResync ?? plan.Resync)),
            };
            Plan(cluster, _random.Next(Seconds(plan.Resync)));
        }
    }

    public static ScaleResult Run(ScalePlan plan) => new ScaleSimulation(plan).Run();

    private ScaleResult Run()
    {
        for (var now = 0; now < _end; now++)
        {
            foreach (var cluster in _due[now] ?? [])
            {
                Begin(cluster, now);
                _subscriptions[cluster % _plan.Subscriptions].Waiting.Add(cluster);
            }

            _due[now] = null;
            foreach (var subscription in _subscriptions)
            {
                Serve(subscription, now);
            }
        }

        foreach (var look in _clusters)
        {
            Count(_cluster, look.Seen, _end); // also of a cluster that is not seen again
            Count(_azure, look.SeenAzure, _end);
        }

        var seconds = (double)(_end - _from);
        var first = _clusters.Max(look => look.First ?? int.MaxValue);
        return new ScaleResult(
            _cluster,
            _azure,
            _answered / seconds / _plan.Subscriptions,
            _answered + _refused == 0 ? 0 : (double)_refused / (_answered + _refused),
            _unknown / seconds / _plan.Clusters,
            first == int.MaxValue ? null : TimeSpan.FromSeconds(first)
        );
    }

    private void Begin(int cluster, int now)
    {
        var look = _clusters[cluster];
        look.Began = now;
        look.ReadsAzure = _plan.AzureResync is not { } pause || now - look.SeenAzure >= Seconds(pause);
        look.Reads = look.ReadsAzure ? _plan.Reads : 0;
        look.NeedsKubeconfig = now >= look.Expires;
        look.WasRefused = false;
    }

    /// <summary>All waiting looks ask in a random order. The tokens go to those that come first.</summary>
    private void Serve(SubscriptionBuckets subscription, int now)
    {
        var waiting = subscription.Waiting;
        if (waiting.Count == 0)
        {
            return;
        }

        var (left, first) = (new List<int>(), _random.Next(waiting.Count));
        for (var place = 0; place < waiting.Count; place++)
        {
            var cluster = waiting[(first + place) % waiting.Count];
            if (!IsServed(subscription, _clusters[cluster], now))
            {
                left.Add(cluster);
                continue;
            }

            End(cluster, now);
        }

        subscription.Waiting = left;
    }

    /// <summary>Sends the requests of a look until one is refused.</summary>
    private bool IsServed(SubscriptionBuckets subscription, ClusterLook look, int now)
    {
        var at = Epoch.AddSeconds(now);
        while (look.Reads > 0 || look.NeedsKubeconfig)
        {
            if (!(look.Reads > 0 ? subscription.TryRead(at) : subscription.TryTakeKubeconfig(at)))
            {
                Refuse(look, now);
                return false;
            }

            _answered += now >= _from ? 1 : 0;
            if (look.Reads > 0)
            {
                look.Reads--;
            }
            else
            {
                (look.NeedsKubeconfig, look.Expires) = (false, now + Seconds(_plan.Kubeconfig));
            }
        }

        return true;
    }

    private void Refuse(ClusterLook look, int now)
    {
        if (!look.WasRefused)
        {
            (look.WasRefused, look.ReadsAzure, look.Reads) = (true, true, _plan.Reads + 1);
        }

        if (now >= _from)
        {
            _refused++;
            _unknown += now - look.Began >= Grace ? 1 : 0;
        }
    }

    private void End(int cluster, int now)
    {
        var look = _clusters[cluster];
        var drifted = _random.NextDouble() >= Math.Exp(-_plan.DriftsPerDay * (now - look.Seen) / SecondsOfDay);
        Count(_cluster, look.Seen, now);
        look.Seen = now;
        look.First ??= now;
        if (look.ReadsAzure)
        {
            Count(_azure, look.SeenAzure, now);
            look.SeenAzure = now;
        }

        if (_plan.Longest is { } longest)
        {
            look.Pause = drifted ? Seconds(_plan.Resync) : Math.Min(look.Pause * 2, Seconds(longest));
        }

        Plan(cluster, now + look.Pause);
    }

    private void Plan(int cluster, int at)
    {
        if (at < _end)
        {
            (_due[at] ??= []).Add(cluster);
        }
    }

    /// <summary>A distance that ends in the measured time counts whole.</summary>
    private void Count(AgeDistribution ages, int since, int now)
    {
        if (now > _from)
        {
            ages.Add(now - since);
        }
    }

    private static int Seconds(TimeSpan time) => (int)time.TotalSeconds;

    /// <summary>One cluster, and its present or last look. Times are seconds from the beginning.</summary>
    private sealed class ClusterLook
    {
        public int Pause { get; set; }

        public int Expires { get; set; }

        public int Began { get; set; }

        public int Reads { get; set; }

        public bool ReadsAzure { get; set; }

        public bool NeedsKubeconfig { get; set; }

        public bool WasRefused { get; set; }

        public int Seen { get; set; }

        public int SeenAzure { get; set; }

        public int? First { get; set; }
    }
}
