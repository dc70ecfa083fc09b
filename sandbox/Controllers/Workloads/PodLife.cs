namespace MeshPort.Sandbox.Controllers.Workloads;

/// <summary>
/// Where a container that ends again and again is in its life. The kubelet restarts it after 10 s, 20 s, 40 s and so on, up to five
/// minutes.
/// </summary>
/// <param name="Started">The pod's age at the container's last start.</param>
/// <param name="IsRunning">Otherwise it waits for its next start.</param>
/// <param name="Next">The pod's age at the next change.</param>
/// <param name="BackOff">The time between its last end and its next start.</param>
internal readonly record struct PodLife(int Restarts, TimeSpan Started, bool IsRunning, TimeSpan Next, TimeSpan BackOff)
{
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(5);

    /// <param name="started">The pod's age at the container's first start.</param>
    /// <param name="lasts">The time from each start to the next end.</param>
    public static PodLife At(TimeSpan age, TimeSpan started, TimeSpan lasts)
    {
        var wait = FirstBackOff;
        for (var restarts = 0; ; restarts++)
        {
            if (age < started + lasts)
            {
                return new PodLife(restarts, started, IsRunning: true, started + lasts, wait);
            }

            if (age < started + lasts + wait)
            {
                return new PodLife(restarts, started, IsRunning: false, started + lasts + wait, wait);
            }

            started += lasts + wait;
            wait = wait * 2 < LongestBackOff ? wait * 2 : LongestBackOff;
        }
    }
}
