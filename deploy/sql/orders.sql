-- The sample workload's table. Run by a superuser in the workload's database; run it again at any time.

CREATE TABLE IF NOT EXISTS public.orders (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid UNIQUE NOT NULL,
    item text NOT NULL,
    quantity int NOT NULL,
    site text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT ON public.orders TO orders;
